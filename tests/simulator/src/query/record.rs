//! What a query finds: an object or an operation on one, taken out of the store.

use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use time::OffsetDateTime;

use super::moments::{Stamp, millis};
use crate::store::{Bucket, Content, Departed, Ending, Object, Version};

/// What stays as it is in the path of a URL.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What was done to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Created,
    Deleted,
    /// By the disposition service, which the simulator has not.
    Disposed,
    Pruned,
    Purged,
}

impl Operation {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Deleted => "DELETED",
            Self::Disposed => "DISPOSED",
            Self::Pruned => "PRUNED",
            Self::Purged => "PURGED",
        }
    }
}

/// Where an object is.
pub(super) struct Home {
    pub(super) domain: String,
    pub(super) tenant: String,
    pub(super) bucket: String,
}

impl Home {
    /// `namespace.tenant`
    pub(super) fn namespace(&self) -> String {
        format!("{}.{}", self.bucket, self.tenant)
    }
}

/// One line of a result.
#[derive(Clone)]
pub(super) struct Record {
    pub(super) home: Arc<Home>,
    pub(super) operation: Operation,
    pub(super) key: String,
    pub(super) version: u64,
    /// All versions of the object: a query for an old one finds the object.
    pub(super) versions: Vec<u64>,
    pub(super) stamp: Stamp,
    pub(super) changed: OffsetDateTime,
    pub(super) ingested: OffsetDateTime,
    pub(super) size: u64,
    pub(super) object: Object,
    /// `SHA-256 HEX`, once somebody asked for it.
    pub(super) hash: Option<String>,
}

impl Record {
    /// `https://namespace.tenant.domain/rest/key`
    pub(super) fn url(&self) -> String {
        let key = utf8_percent_encode(&self.key, PATH);
        let (home, domain) = (self.home.namespace(), &self.home.domain);
        format!("https://{home}.{domain}/rest/{key}")
    }

    pub(super) fn path(&self) -> String {
        format!("/{}", self.key)
    }

    /// The last part of the path.
    pub(super) fn name(&self) -> &str {
        self.key.rsplit('/').next().unwrap_or_default()
    }

    /// `x-amz-meta-*` as HCP stores it: the annotation `.metapairs`.
    pub(super) fn annotation(&self) -> String {
        let pairs = self.object.metadata.iter();
        let pairs = pairs.map(|(key, value)| format!("<meta-{key}>{value}</meta-{key}>"));
        let pairs: String = pairs.collect();
        if pairs.is_empty() {
            return pairs;
        }
        format!("<metapairs version=\"600\">{pairs}</metapairs>")
    }
}

/// The current objects of a bucket. Folders are none.
pub(super) fn current(home: &Arc<Home>, bucket: &Bucket) -> Vec<Record> {
    let entries = bucket.entries.iter();
    let found = entries.filter_map(|(key, versions)| {
        let last = versions.len().checked_sub(1)?;
        created(home, key, versions, last)
    });
    found.collect()
}

/// What was done in a bucket, as far as the store remembers, in no order.
pub(super) fn operations(home: &Arc<Home>, bucket: &Bucket) -> Vec<Record> {
    let entries = bucket.entries.iter();
    let kept = entries.flat_map(|(key, versions)| {
        let places = 0..versions.len();
        places.filter_map(|at| match versions.get(at)?.content {
            Content::Object(_) => created(home, key, versions, at),
            Content::DeleteMarker => marked(home, key, versions, at),
            Content::Folder => None,
        })
    });
    let gone = bucket.journal.iter().map(|record| departed(home, record));
    kept.chain(gone).collect()
}

fn created(home: &Arc<Home>, key: &str, versions: &[Version], at: usize) -> Option<Record> {
    let version = versions.get(at)?;
    Some(Record {
        home: Arc::clone(home),
        operation: Operation::Created,
        key: key.to_owned(),
        version: version.id,
        versions: versions.iter().map(|version| version.id).collect(),
        stamp: stamp(versions, at)?,
        changed: version.modified,
        ingested: version.modified,
        size: version.size(),
        object: version.object()?.clone(),
        hash: None,
    })
}

/// The record of a delete marker speaks of the object that the marker hides.
fn marked(home: &Arc<Home>, key: &str, versions: &[Version], at: usize) -> Option<Record> {
    let marker = versions.get(at)?;
    let before = versions.get(..at)?;
    let hidden = before.iter().rposition(|v| v.object().is_some())?;
    Some(Record {
        operation: Operation::Deleted,
        version: marker.id,
        stamp: stamp(versions, at)?,
        changed: marker.modified,
        ..created(home, key, versions, hidden)?
    })
}

fn departed(home: &Arc<Home>, record: &Departed) -> Record {
    Record {
        home: Arc::clone(home),
        operation: match record.ending {
            Ending::Deleted => Operation::Deleted,
            Ending::Pruned => Operation::Pruned,
            Ending::Purged => Operation::Purged,
        },
        key: record.key.clone(),
        version: record.version,
        versions: vec![record.version],
        stamp: Stamp {
            millis: millis(record.at),
            suffix: 0,
        },
        changed: record.at,
        ingested: record.ingested,
        size: record.size,
        object: record.object.clone(),
        hash: None,
    }
}

/// The suffix counts the versions of the same millisecond.
fn stamp(versions: &[Version], at: usize) -> Option<Stamp> {
    let modified = versions.get(at)?.modified;
    let earlier = versions.get(..at)?.iter().rev();
    let same = earlier.take_while(|version| version.modified == modified);
    Some(Stamp {
        millis: millis(modified),
        suffix: u8::try_from(same.count()).unwrap_or(99).min(99),
    })
}
