//! Multipart uploads: parts wait beside the objects until they are completed or aborted.

use std::collections::BTreeMap;

use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::bucket::{Acl, Bucket, Object, now};
use super::{Blob, Ids, Rules, StoreError};

/// HCP takes parts of 1 MiB (AWS: 5 MiB); the last may be smaller.
const MIN_PART: u64 = 1024 * 1024;

/// An upload that was begun.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Upload {
    pub(crate) key: String,
    pub(crate) initiator: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) started: OffsetDateTime,
    pub(crate) content_type: String,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) parts: BTreeMap<i32, Part>,
}

/// One part that arrived.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) blob: Blob,
    /// Hex MD5, without quotes.
    pub(crate) etag: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) modified: OffsetDateTime,
}

/// A part as the completing client lists it.
#[derive(Debug, Clone)]
pub(crate) struct ClaimedPart {
    pub(crate) number: i32,
    /// Without quotes.
    pub(crate) etag: String,
}

impl Part {
    pub(crate) fn new(blob: Blob, etag: String) -> Self {
        Self {
            blob,
            etag,
            modified: now(),
        }
    }
}

impl Bucket {
    /// Conflicts with existing objects are looked for at completion, as on HCP.
    pub(crate) fn begin_upload(
        &mut self,
        key: &str,
        initiator: &str,
        content_type: String,
        metadata: BTreeMap<String, String>,
        ids: &Ids,
    ) -> u64 {
        let id = ids.upload();
        let upload = Upload {
            key: key.to_owned(),
            initiator: initiator.to_owned(),
            started: now(),
            content_type,
            metadata,
            parts: BTreeMap::new(),
        };
        self.uploads.insert(id, upload);
        id
    }

    /// The upload with this id, if it is one of this key.
    pub(crate) fn upload(&mut self, key: &str, id: &str) -> Result<&mut Upload, StoreError> {
        let id: u64 = id.parse().map_err(|_| StoreError::NoSuchUpload)?;
        let upload = self.uploads.get_mut(&id).filter(|upload| upload.key == key);
        upload.ok_or(StoreError::NoSuchUpload)
    }

    /// Forgets an upload and its parts.
    pub(crate) fn end_upload(&mut self, key: &str, id: &str) -> Result<(), StoreError> {
        self.upload(key, id)?;
        self.uploads.retain(|number, _| number.to_string() != id);
        Ok(())
    }

    /// Joins the parts to an object. After an error the parts are still there. Returns the
    /// version id and the `ETag`.
    pub(crate) fn complete_upload(
        &mut self,
        key: &str,
        id: &str,
        claimed: &[ClaimedPart],
        rules: Rules,
        ids: &Ids,
    ) -> Result<(u64, String), StoreError> {
        let upload = self.upload(key, id)?.clone();
        let parts = check_parts(&upload, claimed)?;
        let etag = joined_etag(&parts);
        let object = Object {
            blob: Blob::chain(parts.iter().map(|part| &part.blob)),
            etag: etag.clone(),
            content_type: upload.content_type.clone(),
            metadata: upload.metadata.clone(),
            owner: upload.initiator.clone(),
            acl: Acl::default(),
        };
        let version = self.put(key, object, rules, ids)?;
        self.end_upload(key, id)?;
        Ok((version, etag))
    }
}

fn check_parts<'u>(
    upload: &'u Upload,
    claimed: &[ClaimedPart],
) -> Result<Vec<&'u Part>, StoreError> {
    if !claimed.is_sorted_by(|a, b| a.number < b.number) {
        return Err(StoreError::InvalidPartOrder);
    }
    let found = claimed.iter().map(|claim| {
        let part = upload.parts.get(&claim.number);
        part.filter(|part| part.etag == claim.etag)
            .ok_or(StoreError::InvalidPart)
    });
    let parts = found.collect::<Result<Vec<_>, _>>()?;
    let Some((_, all_but_last)) = parts.split_last() else {
        return Err(StoreError::InvalidPart);
    };
    if all_but_last
        .iter()
        .any(|part| part.blob.length() < MIN_PART)
    {
        return Err(StoreError::EntityTooSmall);
    }
    Ok(parts)
}

/// `md5(md5(part 1) + md5(part 2) + …)-count`
fn joined_etag(parts: &[&Part]) -> String {
    let mut digest = Md5::new();
    for part in parts {
        digest.update(hex::decode(&part.etag).unwrap_or_default());
    }
    format!("{}-{}", hex::encode(digest.finalize()), parts.len())
}
