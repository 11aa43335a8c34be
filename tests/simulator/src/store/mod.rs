//! What a tenant stores: buckets, objects and their versions, with HCP's own rules.

mod blob;
mod blobs;
mod bucket;
mod documents;
mod folders;
mod journal;
mod listing;
mod noise;
mod persist;
#[cfg(test)]
mod tests;
mod uploads;
mod versions;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

pub(crate) use blob::Blob;
pub(crate) use blobs::Blobs;
pub(crate) use bucket::{Acl, Bucket, Content, CorsRule, Grant, Object, Version, Versioning};
pub(crate) use documents::{Document, Documents};
pub(crate) use journal::{Departed, Ending};
pub(crate) use listing::{ListQuery, Listed, VersionItem, VersionQuery};
pub(crate) use uploads::{ClaimedPart, Part, Upload};

/// The MD5 of nothing: the `ETag` of a folder.
pub(crate) const EMPTY_ETAG: &str = "d41d8cd98f00b204e9800998ecf8427e";

/// Why a stored thing cannot be had or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("The specified bucket does not exist")]
    NoSuchBucket,
    #[error("The specified key does not exist")]
    NoSuchKey,
    #[error("The specified version does not exist")]
    NoSuchVersion,
    /// The bucket is unversioned and overwriting is not allowed.
    #[error("The object exists already and the bucket is not versioned")]
    KeyExists,
    #[error("A folder has the name of this object, or an object that of a folder on its way")]
    FolderClash,
    #[error("The folder is not empty")]
    FolderNotEmpty,
    #[error("The specified multipart upload does not exist")]
    NoSuchUpload,
    #[error("One or more of the specified parts could not be found")]
    InvalidPart,
    #[error("The list of parts was not in ascending order")]
    InvalidPartOrder,
    #[error("A part other than the last is smaller than 1 MiB")]
    EntityTooSmall,
}

/// Choices that differ between HCP releases and namespaces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// `s3UnversionedOverwrite`: a PUT may replace an object of an unversioned bucket.
    pub(crate) unversioned_overwrite: bool,
    /// Storing `a/b` makes the folder `a/`.
    pub(crate) folders: bool,
    /// A PUT with `If-None-Match: *` is refused where there is something (AWS, "Conditional writes").
    pub(crate) conditional_writes: bool,
}

/// Numbers that only grow: version ids and upload ids, both integers on HCP.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ids {
    versions: AtomicU64,
    uploads: AtomicU64,
}

impl Default for Ids {
    fn default() -> Self {
        Self {
            versions: AtomicU64::new(87_288_727_469_825),
            uploads: AtomicU64::new(94_837_746_087_105),
        }
    }
}

impl Ids {
    /// Steps are uneven on HCP; a client must not count.
    fn version(&self) -> u64 {
        self.versions.fetch_add(64, Ordering::Relaxed)
    }

    fn upload(&self) -> u64 {
        self.uploads.fetch_add(64, Ordering::Relaxed)
    }
}

/// Everything one tenant stores. Bucket names are lower case here.
pub(crate) struct Tenant {
    pub(crate) blobs: Blobs,
    pub(crate) rules: Rules,
    /// Whether the tenant has the Management API switched on.
    pub(crate) managed: AtomicBool,
    state: Mutex<State>,
    /// Somebody had the index since it was last written.
    touched: AtomicBool,
}

/// The index: what a folder store writes down.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) buckets: BTreeMap<String, Bucket>,
    pub(crate) ids: Ids,
    /// What the Management API knows of the tenant.
    #[serde(default)]
    pub(crate) management: Documents,
}

impl Tenant {
    pub(crate) fn new(blobs: Blobs, rules: Rules) -> Self {
        Self {
            blobs,
            rules,
            managed: AtomicBool::new(true),
            state: Mutex::default(),
            touched: AtomicBool::new(false),
        }
    }

    /// The lock is held for the shortest time and never while bytes move.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.touched.store(true, Ordering::Release);
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
