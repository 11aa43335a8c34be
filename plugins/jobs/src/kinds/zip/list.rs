//! What an archive is made of, as orders and results keep it.

use std::time::{Duration, UNIX_EPOCH};

use portico_zip::Item;
use serde::{Deserialize, Serialize};

/// What is to be put into an archive.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ZipOrder {
    pub(crate) bucket: String,
    pub(crate) wanted: Vec<Wanted>,
    /// Whether this was an archive already: then it becomes the same one, or none.
    #[serde(default)]
    pub(crate) again: bool,
}

/// What an archive was made of: enough to make it again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ZipList {
    pub(crate) wanted: Vec<Wanted>,
    #[serde(skip)]
    pub(crate) again: bool,
}

/// One object. The names are short because there are many.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wanted {
    #[serde(rename = "k")]
    pub(crate) key: String,
    /// Bytes, once that is known.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(crate) size: Option<u64>,
    /// The state in which it is wanted, once that is known.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub(crate) tag: Option<String>,
    /// Seconds since 1970, once that is known.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub(crate) modified: Option<u64>,
    /// Why it is not in the archive, once that is known.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub(crate) missing: Option<String>,
    #[serde(rename = "f", default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) folder: bool,
}

impl Wanted {
    /// A key of which nothing else is known.
    pub(crate) fn key(key: String) -> Self {
        Self {
            key,
            ..Self::default()
        }
    }

    pub(crate) fn item(&self) -> Item {
        let modified = self.modified.map(Duration::from_secs);
        Item {
            key: self.key.clone(),
            size: self.size,
            e_tag: self.tag.clone(),
            modified: modified.and_then(|since| UNIX_EPOCH.checked_add(since)),
            folder: self.folder,
            missing: self.missing.clone(),
        }
    }
}

impl ZipList {
    /// For the archive.
    pub(crate) fn items(&self) -> Vec<Item> {
        self.wanted.iter().map(Wanted::item).collect()
    }
}
