//! The records of a bucket: what is known about it and about each version of each object.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::journal::Journal;
use super::uploads::Upload;
use super::{Blob, Documents, EMPTY_ETAG};

/// Whether a PUT makes a new version. A bucket that never was versioned has no status at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum Versioning {
    #[default]
    Absent,
    Enabled,
    Suspended,
}

/// One right in an access control list. The grantee is `id:GUID` or `uri:GROUP`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) grantee: String,
    pub(crate) permission: String,
}

/// Rights beyond those of the owner, who has all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Acl {
    pub(crate) grants: Vec<Grant>,
}

/// One CORS rule as it was put.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct CorsRule {
    pub(crate) id: Option<String>,
    pub(crate) origins: Vec<String>,
    pub(crate) methods: Vec<String>,
    pub(crate) headers: Vec<String>,
    pub(crate) expose: Vec<String>,
    pub(crate) max_age: Option<i32>,
}

/// A namespace as S3 sees it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Bucket {
    pub(crate) name: String,
    pub(crate) owner: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created: OffsetDateTime,
    pub(crate) versioning: Versioning,
    pub(crate) acl: Acl,
    pub(crate) cors: Vec<CorsRule>,
    /// Users who may read and write although they do not own the bucket.
    pub(crate) guests: BTreeSet<String>,
    /// Data access permissions by username, in capital letters.
    #[serde(default)]
    pub(crate) permissions: BTreeMap<String, BTreeSet<String>>,
    /// `s3UnversionedOverwrite` where the namespace has a word of its own in it.
    #[serde(default)]
    pub(crate) unversioned_overwrite: Option<bool>,
    /// What the Management API knows of the namespace.
    #[serde(default)]
    pub(crate) management: Documents,
    /// Versions of each key, oldest first; never an empty list.
    pub(crate) entries: BTreeMap<String, Vec<Version>>,
    pub(crate) uploads: BTreeMap<u64, Upload>,
    #[serde(default)]
    pub(crate) journal: Journal,
    /// Deleted objects that listings still show, and how many times more.
    #[serde(skip)]
    pub(super) ghosts: BTreeMap<String, (Version, u32)>,
}

/// One version of one key.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) id: u64,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) modified: OffsetDateTime,
    pub(crate) content: Content,
}

/// What a version is.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Content {
    Object(Box<Object>),
    Folder,
    DeleteMarker,
}

/// An object's bytes and what was said about them.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Object {
    pub(crate) blob: Blob,
    pub(crate) etag: String,
    pub(crate) content_type: String,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) owner: String,
    pub(crate) acl: Acl,
}

impl Bucket {
    pub(crate) fn new(name: &str, owner: &str) -> Self {
        Self {
            name: name.to_owned(),
            owner: owner.to_owned(),
            created: now(),
            versioning: Versioning::default(),
            acl: Acl::default(),
            cors: Vec::new(),
            guests: BTreeSet::new(),
            permissions: BTreeMap::new(),
            unversioned_overwrite: None,
            management: Documents::default(),
            entries: BTreeMap::new(),
            uploads: BTreeMap::new(),
            journal: Journal::default(),
            ghosts: BTreeMap::new(),
        }
    }

    /// Whether the user has this data access permission. A guest may read and write.
    pub(crate) fn permits(&self, username: &str, permission: &str) -> bool {
        const OF_GUESTS: [&str; 4] = ["BROWSE", "READ", "WRITE", "DELETE"];
        let given = self.permissions.get(username);
        given.is_some_and(|given| given.contains(permission))
            || (self.guests.contains(username) && OF_GUESTS.contains(&permission))
    }

    /// Whether the permission mask of the namespace leaves this permission to anybody.
    pub(crate) fn leaves(&self, permission: &str) -> bool {
        let mask = self.management.get("permissions");
        let left = mask.and_then(|mask| mask.get("permission")?.as_array());
        left.is_none_or(|left| left.iter().any(|one| one == permission))
    }

    /// HCP refuses to delete a bucket that holds anything but folders; old versions and delete
    /// markers count. Real HCP may refuse folders too: no public source says so, and then no
    /// ordinary tool could empty a bucket.
    pub(crate) fn holds_objects(&self) -> bool {
        let mut versions = self.entries.values().flatten();
        versions.any(|version| !matches!(version.content, Content::Folder))
    }
}

impl Version {
    pub(crate) fn object(&self) -> Option<&Object> {
        match &self.content {
            Content::Object(object) => Some(object),
            Content::Folder | Content::DeleteMarker => None,
        }
    }

    pub(crate) fn is_marker(&self) -> bool {
        matches!(self.content, Content::DeleteMarker)
    }

    pub(crate) fn size(&self) -> u64 {
        self.object().map_or(0, |object| object.blob.length())
    }

    pub(crate) fn etag(&self) -> &str {
        self.object().map_or(EMPTY_ETAG, |object| &object.etag)
    }

    /// Folders that HCP made by itself belong to nobody.
    pub(crate) fn owner(&self) -> Option<&str> {
        self.object().map(|object| object.owner.as_str())
    }
}

/// HTTP dates have whole seconds and listings milliseconds: both must mean the same instant.
pub(super) fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_millisecond(now.millisecond()).unwrap_or(now)
}
