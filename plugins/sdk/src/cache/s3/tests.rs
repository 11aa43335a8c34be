//! S3's table of reads and writes.

use http::Request;

use super::*;
use crate::Door;
use crate::cache::tests::{somebody, topics};
use crate::route::Style;
use crate::testkit;

fn target(operation: Operation, path: &str) -> S3Target {
    let bucket = path.trim_start_matches('/').split('/').next();
    S3Target {
        operation,
        bucket: bucket.filter(|name| !name.is_empty()).map(Into::into),
        upstream_path: path.to_owned(),
        style: Style::Path,
    }
}

fn ask(
    operation: Operation,
    path: &str,
    query: &str,
    headers: &[(&str, &str)],
) -> Option<Question> {
    let mut request = Request::get(format!("{path}?{query}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let door = Door::Rest { public: false };
    let head = testkit::exchange(request.body(()).unwrap(), door).head;
    let target = target(operation, path);
    s3_question(&target, &head, "t.hcp", Home::default(), || somebody(1))
}

#[test]
fn what_says_nothing_of_the_answer_is_left_out() {
    use Operation::{HeadObject, ListObjectsV2};
    let list = |query: &str| ask(ListObjectsV2, "/b", query, &[]).map(|question| question.key);
    let plain = list("list-type=2");
    assert!(plain.is_some());
    for same in [
        "list-type=2&x-id=ListObjectsV2",
        "prefix=&list-type=2&max-keys=1000",
        "list-type=2&fetch-owner=false&delimiter=",
        "list-type=2&X-Amz-Signature=abc&X-Amz-Date=now",
        "list-type=2&AWSAccessKeyId=k&Expires=1&Signature=s",
    ] {
        assert_eq!(list(same), plain, "{same}");
    }
    assert_eq!(
        list("list-type=2&prefix=a%2Fb&delimiter=/"),
        list("delimiter=%2F&list-type=2&prefix=a/b")
    );
    for other in [
        "prefix=a",
        "max-keys=7",
        "fetch-owner=true",
        "encoding-type=url",
        "delimiter=/",
        "x-amz-expected-bucket-owner=somebody",
        "X-Amz-Checksum-Mode=ENABLED",
    ] {
        let other = list(&format!("list-type=2&{other}"));
        assert!(other.is_some() && other != plain);
    }
    let head = |headers: &[(&str, &str)]| {
        ask(HeadObject, "/b/k", "", headers).map(|question| question.key)
    };
    assert_eq!(
        head(&[("x-amz-date", "x"), ("if-none-match", "x")]),
        head(&[])
    );
    for other in [
        ("x-amz-checksum-mode", "ENABLED"),
        ("origin", "https://a.test"),
    ] {
        assert!(head(&[other]).is_some_and(|key| Some(key) != head(&[])));
    }
}

#[test]
fn what_is_not_kept() {
    use Operation as O;
    for (operation, path, query) in [
        (O::GetObject, "/b/k", ""),
        (O::ListObjectVersions, "/b", "versions"),
        (O::ListObjectsV2, "/b", "list-type=2&continuation-token=x"),
        (O::ListObjectsV2, "/b", "list-type=2&start-after=x"),
        (O::ListObjects, "/b", "marker=x"),
        (O::ListObjects, "/b", "prefix=a&prefix=b"),
        (O::HeadObject, "/b/k", "partNumber=1"),
        (O::HeadObject, "/b/k", "response-content-type=text/html"),
        (O::HeadObject, "/b/k", "%FF=1"),
        (O::GetBucketCors, "/b", "cors"),
        (O::ListMultipartUploads, "/b", "uploads"),
    ] {
        assert_eq!(
            ask(operation, path, query, &[]),
            None,
            "{operation:?} {query}"
        );
    }
    for header in ["range", "x-amz-server-side-encryption-customer-key"] {
        assert_eq!(
            ask(O::HeadObject, "/b/k", "", &[(header, "x")]),
            None,
            "{header}"
        );
    }
}

#[test]
fn nobody_shares_a_key() {
    let base = ask(Operation::HeadObject, "/b/k", "", &[]).unwrap();
    let target = target(Operation::HeadObject, "/b/k");
    let head = testkit::exchange(
        Request::get("/b/k").body(()).unwrap(),
        Door::Rest { public: false },
    )
    .head;
    let other =
        |host, who| s3_question(&target, &head, host, Home::default(), || somebody(who)).unwrap();
    assert_eq!(other("t.hcp", 1), base);
    assert_ne!(other("t.hcp", 2).key, base.key);
    assert_ne!(other("u.hcp", 1).key, base.key);
    let versions = ask(Operation::GetObjectAcl, "/b/k", "acl", &[]).unwrap();
    assert_ne!(versions.key, base.key);
}

/// Every read that is kept, of an object and its neighbours.
fn reads() -> [(&'static str, Question); 8] {
    use Operation as O;
    [
        ("buckets", O::ListBuckets, "/", ""),
        ("bucket", O::HeadBucket, "/b", ""),
        ("versioning", O::GetBucketVersioning, "/b", "versioning"),
        ("listing", O::ListObjectsV2, "/b", "list-type=2"),
        ("head", O::HeadObject, "/b/k", ""),
        ("acl", O::GetObjectAcl, "/b/k", "acl"),
        ("other head", O::HeadObject, "/b/other", ""),
        ("other bucket", O::ListObjectsV2, "/other", "list-type=2"),
    ]
    .map(|(name, operation, path, query)| (name, ask(operation, path, query, &[]).unwrap()))
}

/// The names of the reads that a write drops, read off the tags that both have.
fn dropped(operation: Operation, path: &str) -> Vec<&'static str> {
    let Some(change) = s3_change(&target(operation, path), &Home::default()) else {
        return Vec::new();
    };
    let changed = topics(change.tags());
    let is_hit = |question: &Question| {
        let tags = topics(question.tags(false));
        tags.iter().any(|tag| changed.contains(tag))
    };
    let hits = reads().into_iter().filter(|(_, read)| is_hit(read));
    hits.map(|(name, _)| name).collect()
}

const OF_OBJECT: &[&str] = &["listing", "head", "acl"];
const OF_BUCKET: &[&str] = &[
    "bucket",
    "versioning",
    "listing",
    "head",
    "acl",
    "other head",
];

#[test]
fn each_write_drops_what_it_changes_and_nothing_else() {
    use Operation as O;
    let with_list = [&["buckets"][..], OF_BUCKET].concat();
    for (operation, path, expected) in [
        (O::CreateBucket, "/b", &with_list[..]),
        (O::DeleteBucket, "/b", &with_list),
        (O::PutObject, "/b/k", OF_OBJECT),
        (O::CopyObject, "/b/k", OF_OBJECT),
        (O::CompleteMultipartUpload, "/b/k", OF_OBJECT),
        (O::DeleteObject, "/b/k", OF_OBJECT),
        (O::DeleteObjects, "/b", OF_BUCKET),
        (O::PostObject, "/b", OF_BUCKET),
        (O::PutObjectAcl, "/b/k", &["head", "acl"]),
        (O::PutObjectTagging, "/b/k", &["head", "acl"]),
        (O::PutBucketVersioning, "/b", &["bucket", "versioning"]),
        (O::PutBucketAcl, "/b", OF_BUCKET),
        (O::PutBucketPolicy, "/b", OF_BUCKET),
        (O::PutBucketCors, "/b", &[]),
        (O::DeleteBucketCors, "/b", &[]),
        (O::CreateMultipartUpload, "/b/k", &[]),
        (O::UploadPart, "/b/k", &[]),
        (O::AbortMultipartUpload, "/b/k", &[]),
        (O::GetObject, "/b/k", &[]),
        (O::HeadObject, "/b/k", &[]),
        (O::ListObjectsV2, "/b", &[]),
    ] {
        assert_eq!(dropped(operation, path), expected, "{operation:?}");
    }
}

#[test]
fn deletes_lag_and_copies_answer_early() {
    let change = |operation| s3_change(&target(operation, "/b/k"), &Home::default()).unwrap();
    assert!(change(Operation::DeleteObject).lags && change(Operation::DeleteObjects).lags);
    assert!(!change(Operation::PutObject).lags);
    assert!(change(Operation::CopyObject).answers_early);
    assert!(change(Operation::CompleteMultipartUpload).answers_early);
}
