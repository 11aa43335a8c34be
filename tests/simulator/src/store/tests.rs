//! The store's rules, without any wire.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::versions::Deleted;
use super::*;

const RULES: Rules = Rules {
    unversioned_overwrite: false,
    folders: true,
    conditional_writes: false,
};
const OVERWRITE: Rules = Rules {
    unversioned_overwrite: true,
    folders: true,
    conditional_writes: false,
};

fn object(text: &'static str) -> Object {
    Object {
        blob: Blob::from(Bytes::from_static(text.as_bytes())),
        etag: format!("etag of {text}"),
        content_type: "text/plain".to_owned(),
        metadata: BTreeMap::new(),
        owner: "ann".to_owned(),
        acl: Acl::default(),
    }
}

struct Fixture {
    bucket: Bucket,
    ids: Ids,
    rules: Rules,
}

impl Fixture {
    fn new(rules: Rules) -> Self {
        Self {
            bucket: Bucket::new("b", "ann"),
            ids: Ids::default(),
            rules,
        }
    }

    fn versioned() -> Self {
        let mut fixture = Self::new(RULES);
        fixture.bucket.versioning = Versioning::Enabled;
        fixture
    }

    fn put(&mut self, key: &str, text: &'static str) -> Result<u64, StoreError> {
        self.bucket.put(key, object(text), self.rules, &self.ids)
    }

    fn delete(&mut self, key: &str, version: Option<u64>) -> Result<Deleted, StoreError> {
        self.bucket.delete(key, version, &self.ids, 0)
    }

    fn etag(&self, key: &str, version: Option<u64>) -> Result<&str, StoreError> {
        self.bucket.find(key, version).map(Version::etag)
    }

    fn list(
        &mut self,
        prefix: &str,
        delimiter: &str,
        after: &str,
        max: usize,
    ) -> Listed<(String, Version)> {
        self.bucket.list(&ListQuery {
            prefix: prefix.to_owned(),
            delimiter: delimiter.to_owned(),
            after: after.to_owned(),
            max,
        })
    }

    fn keys(&mut self, prefix: &str, delimiter: &str) -> (Vec<String>, Vec<String>) {
        let page = self.list(prefix, delimiter, "", 1000);
        let keys = page.items.into_iter().map(|(key, _)| key);
        (keys.collect(), page.prefixes)
    }
}

#[test]
fn an_unversioned_object_is_overwritten_only_where_that_is_allowed() {
    let mut strict = Fixture::new(RULES);
    strict.put("k", "one").unwrap();
    assert_eq!(strict.put("k", "two"), Err(StoreError::KeyExists));
    assert_eq!(strict.etag("k", None), Ok("etag of one"));

    let mut lenient = Fixture::new(OVERWRITE);
    lenient.put("k", "one").unwrap();
    lenient.put("k", "two").unwrap();
    assert_eq!(lenient.etag("k", None), Ok("etag of two"));
    assert_eq!(lenient.bucket.entries["k"].len(), 1);
}

#[test]
fn versions_grow_and_a_marker_hides_them() {
    let mut it = Fixture::versioned();
    let one = it.put("k", "one").unwrap();
    let two = it.put("k", "two").unwrap();
    assert!(one < two);
    assert_eq!(it.etag("k", Some(one)), Ok("etag of one"));
    assert_eq!(it.etag("k", Some(7)), Err(StoreError::NoSuchVersion));

    let deleted = it.delete("k", None).unwrap();
    assert!(deleted.marker);
    assert_eq!(it.etag("k", None), Err(StoreError::NoSuchKey));
    assert_eq!(it.etag("k", Some(two)), Ok("etag of two"));
    assert_eq!(
        it.delete("k", None),
        Ok(Deleted::default()),
        "a marker is made once"
    );

    it.delete("k", deleted.version).unwrap();
    assert_eq!(it.etag("k", None), Ok("etag of two"));
    it.delete("k", Some(two)).unwrap();
    assert_eq!(it.etag("k", None), Ok("etag of one"));
    it.delete("k", Some(one)).unwrap();
    assert!(!it.bucket.holds_objects());
}

#[test]
fn while_versioning_is_off_version_ids_are_ignored() {
    let mut it = Fixture::new(OVERWRITE);
    it.put("k", "one").unwrap();
    assert_eq!(it.etag("k", Some(7)), Ok("etag of one"));
    it.delete("k", Some(7)).unwrap();
    assert_eq!(it.etag("k", None), Err(StoreError::NoSuchKey));
}

#[test]
fn suspending_keeps_history_and_replaces_the_newest() {
    let mut it = Fixture::versioned();
    it.rules = OVERWRITE;
    it.put("k", "one").unwrap();
    it.put("k", "two").unwrap();
    it.bucket.versioning = Versioning::Suspended;
    it.put("k", "three").unwrap();
    let etags: Vec<_> = it.bucket.entries["k"].iter().map(Version::etag).collect();
    assert_eq!(etags, ["etag of one", "etag of three"]);
    it.delete("k", None).unwrap();
    assert_eq!(it.etag("k", None), Err(StoreError::NoSuchKey));
}

#[test]
fn folders_appear_and_stay() {
    let mut it = Fixture::new(RULES);
    it.put("a/b/c", "x").unwrap();
    it.put("d/", "ignored").unwrap();
    assert_eq!(it.keys("", "").0, ["a/", "a/b/", "a/b/c", "d/"]);
    assert_eq!(it.keys("", "/").1, ["a/", "d/"]);
    let folder = it.bucket.current("a/").unwrap();
    assert_eq!(
        (folder.size(), folder.etag(), folder.owner()),
        (0, EMPTY_ETAG, None)
    );

    assert_eq!(it.delete("a/", None), Err(StoreError::FolderNotEmpty));
    it.delete("a/b/c", None).unwrap();
    assert_eq!(it.keys("", "").0, ["a/", "a/b/", "d/"]);
    assert!(!it.bucket.holds_objects());
    assert_eq!(it.delete("a/", None), Err(StoreError::FolderNotEmpty));
    it.delete("a/b/", None).unwrap();
    it.delete("a/", None).unwrap();
    assert_eq!(it.keys("", "").0, ["d/"]);
}

#[test]
fn files_and_folders_do_not_share_a_name() {
    let mut it = Fixture::new(OVERWRITE);
    it.put("a/b", "x").unwrap();
    assert_eq!(it.put("a", "x"), Err(StoreError::FolderClash));
    assert_eq!(it.put("a/b/c", "x"), Err(StoreError::FolderClash));
    assert_eq!(it.put("a/b/", "x"), Err(StoreError::FolderClash));
    assert_eq!(
        it.keys("", "").0,
        ["a/", "a/b"],
        "a refusal leaves no folder behind"
    );
}

#[test]
fn without_folders_a_slash_means_nothing() {
    let mut it = Fixture::new(Rules {
        folders: false,
        ..OVERWRITE
    });
    it.put("a/b", "x").unwrap();
    it.put("a", "x").unwrap();
    it.put("a/", "marker").unwrap();
    assert_eq!(it.keys("", "").0, ["a", "a/", "a/b"]);
    assert_eq!(it.etag("a/", None), Ok("etag of marker"));
}

#[test]
fn pages_join_without_gap_or_repeat() {
    let mut it = Fixture::new(RULES);
    for key in ["a/1", "a/2", "b", "c/1", "c/2", "d", "e/x/y"] {
        it.put(key, "x").unwrap();
    }
    for (delimiter, whole) in [("", 11), ("/", 5)] {
        for size in 1..=12 {
            let (mut seen, mut after) = (Vec::new(), String::new());
            loop {
                let page = it.list("", delimiter, &after, size);
                assert!(page.count() <= size);
                let next = page.next.as_ref().map(|(key, _)| key.clone());
                let next = next.or_else(|| page.next_prefix.clone());
                seen.extend(page.items.into_iter().map(|(key, _)| key));
                seen.extend(page.prefixes);
                match next {
                    Some(next) => after = next,
                    None => break,
                }
            }
            assert_eq!(seen.len(), whole, "pages of {size} by {delimiter:?}");
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), whole, "no repeats: {size} by {delimiter:?}");
        }
    }
    assert_eq!(it.keys("c/", "/").0, ["c/", "c/1", "c/2"]);
    assert!(!it.list("", "", "", 0).truncated());
}

#[test]
fn versions_are_listed_oldest_first_and_in_pages() {
    let mut it = Fixture::versioned();
    let mut put: Vec<u64> = (0..3).map(|_| it.put("k", "x").unwrap()).collect();
    put.push(it.put("l", "x").unwrap());
    let mut query = VersionQuery::default();
    query.list.max = 2;
    let mut seen = Vec::new();
    loop {
        let page = it.bucket.list_versions(&query);
        seen.extend(page.items.iter().map(|item| item.version.id));
        let Some(next) = page.next else { break };
        query.list.after = next.key;
        query.after_version = Some(next.version.id);
    }
    assert_eq!(seen, put);
}

#[test]
fn a_deletion_may_take_a_while_to_show() {
    let mut it = Fixture::new(RULES);
    it.put("k", "x").unwrap();
    it.bucket.delete("k", None, &it.ids, 2).unwrap();
    assert_eq!(it.etag("k", None), Err(StoreError::NoSuchKey));
    let shown: Vec<usize> = (0..3).map(|_| it.keys("", "").0.len()).collect();
    assert_eq!(shown, [1, 1, 0]);
}

fn upload(it: &mut Fixture, key: &str, sizes: &[usize]) -> (String, Vec<ClaimedPart>) {
    let id = it
        .bucket
        .begin_upload(key, "ann", String::new(), BTreeMap::new(), &it.ids);
    let id = id.to_string();
    let mut claimed = Vec::new();
    for (number, size) in (1..).zip(sizes) {
        let etag = format!("{number:032x}");
        let part = Part::new(Blob::from(Bytes::from(vec![0; *size])), etag.clone());
        let upload = it.bucket.upload(key, &id).unwrap();
        upload.parts.insert(number, part);
        claimed.push(ClaimedPart { number, etag });
    }
    (id, claimed)
}

#[test]
fn an_upload_is_complete_only_when_its_parts_are() {
    const MIB: usize = 1024 * 1024;
    let mut it = Fixture::new(RULES);
    let (id, claimed) = upload(&mut it, "k", &[MIB, MIB, 1]);
    let mut complete = |claimed: &[ClaimedPart]| {
        it.bucket
            .complete_upload("k", &id, claimed, it.rules, &it.ids)
    };
    let reversed: Vec<_> = claimed.iter().rev().cloned().collect();
    assert_eq!(complete(&reversed), Err(StoreError::InvalidPartOrder));
    let last_first = [claimed[2].clone()];
    let mut wrong = claimed.clone();
    wrong[1].etag = "0".repeat(32);
    assert_eq!(complete(&wrong), Err(StoreError::InvalidPart));
    let (_, etag) = complete(&claimed).unwrap();
    assert!(etag.ends_with("-3"), "{etag}");
    assert_eq!(complete(&last_first), Err(StoreError::NoSuchUpload));
    assert_eq!(it.bucket.current("k").unwrap().size(), 2_097_153);

    let (id, claimed) = upload(&mut it, "small", &[MIB - 1, MIB]);
    let small = it
        .bucket
        .complete_upload("small", &id, &claimed, it.rules, &it.ids);
    assert_eq!(small, Err(StoreError::EntityTooSmall));
}

#[test]
fn a_conflict_at_completion_keeps_the_parts() {
    let mut it = Fixture::new(RULES);
    let (id, claimed) = upload(&mut it, "k", &[1]);
    it.put("k", "first").unwrap();
    let late = it
        .bucket
        .complete_upload("k", &id, &claimed, it.rules, &it.ids);
    assert_eq!(late, Err(StoreError::KeyExists));
    it.delete("k", None).unwrap();
    let again = it
        .bucket
        .complete_upload("k", &id, &claimed, it.rules, &it.ids);
    assert!(again.is_ok());
}
