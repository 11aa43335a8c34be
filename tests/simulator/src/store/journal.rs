//! What a bucket remembers of objects that are gone: HCP's deletion records.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::bucket::{Bucket, Content, Object, Version, now};
use super::{Blob, Ids};

/// How many records a bucket keeps; the oldest falls out first.
const KEPT: usize = 10_000;

/// How a version went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Ending {
    /// The object of a bucket without versioning was deleted.
    Deleted,
    /// One version was removed and others are left.
    Pruned,
    /// The last version was removed.
    Purged,
}

/// The record of one deletion.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Departed {
    pub(crate) ending: Ending,
    pub(crate) key: String,
    /// The id of the record where a whole object was deleted, else that of the removed version.
    pub(crate) version: u64,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) ingested: OffsetDateTime,
    pub(crate) size: u64,
    /// What was said about the object. Its bytes are gone.
    pub(crate) object: Object,
}

/// The records of a bucket, oldest first.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Journal {
    records: VecDeque<Departed>,
}

impl Journal {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Departed> {
        self.records.iter()
    }

    fn add(&mut self, record: Departed) {
        if self.records.len() == KEPT {
            self.records.pop_front();
        }
        self.records.push_back(record);
    }
}

impl Bucket {
    /// Remembers a version that was taken out. Folders and delete markers leave no record.
    pub(super) fn remember(&mut self, ending: Ending, key: &str, gone: Version, ids: &Ids) {
        let size = gone.size();
        let Content::Object(mut object) = gone.content else {
            return;
        };
        object.blob = Blob::default();
        self.journal.add(Departed {
            ending,
            key: key.to_owned(),
            version: match ending {
                Ending::Deleted => ids.version(),
                Ending::Pruned | Ending::Purged => gone.id,
            },
            at: now(),
            ingested: gone.modified,
            size,
            object: *object,
        });
    }
}
