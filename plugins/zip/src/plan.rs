//! What an archive will hold: objects in order, each with the name of its entry.

use std::time::SystemTime;

use crate::archive::{Archive, ZipError};
use crate::media::Method;
use crate::names::Names;
use crate::records::Head;
use crate::stamp::Stamp;

/// One object that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its key.
    pub key: String,
    /// Its bytes, where a listing has told them. Another number is another object.
    pub size: Option<u64>,
    /// Its state, where a listing has told it. Another state is another object.
    pub e_tag: Option<String>,
    /// When it was last changed.
    pub modified: Option<SystemTime>,
    /// Whether it is a folder's own entry, which has no bytes and is never fetched: HCP answers 404.
    pub folder: bool,
    /// Why it is known already that it cannot be had; it is not asked for, and counts as failed.
    pub missing: Option<String>,
}

/// Objects and the names of their entries.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) items: Vec<Item>,
    /// `None` for a folder that has an entry already.
    pub(crate) names: Vec<Option<String>>,
    /// The name of the entry that lists what failed.
    pub(crate) failures: String,
}

impl Plan {
    /// Names the entries of these objects, in their order.
    #[must_use]
    pub fn new(items: Vec<Item>) -> Self {
        let keys = || items.iter().map(|item| (item.key.as_str(), item.folder));
        let mut names = Names::of(keys());
        let given = keys().map(|(key, folder)| names.give(key, folder));
        let given = given.collect();
        let failures = names.give("FAILED.txt", false).unwrap_or_default();
        Self {
            items,
            names: given,
            failures,
        }
    }

    /// The objects.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The exact length of the archive when everything is stored as it is, in bytes.
    ///
    /// # Errors
    /// [`ZipError::Unknown`] if the size of any object is not known.
    pub fn length(&self) -> Result<u64, ZipError> {
        let mut archive = Archive::default();
        for (index, item) in self.items.iter().enumerate() {
            let Some(name) = self.name(index) else {
                continue;
            };
            if item.folder {
                archive.folder(name, Stamp::of(item.modified))?;
                continue;
            }
            let size = item.size.ok_or(ZipError::Unknown)?;
            archive.begin(item.stored(name))?;
            archive.skip(size);
            archive.end()?;
        }
        let before = archive.length();
        let rest = u64::try_from(archive.finish()?.len()).unwrap_or(u64::MAX);
        Ok(before.saturating_add(rest))
    }

    pub(crate) fn name(&self, index: usize) -> Option<String> {
        self.names.get(index).cloned().flatten()
    }
}

impl Item {
    /// The head of its entry, stored as it is.
    pub(crate) fn stored(&self, name: String) -> Head {
        Head {
            name,
            stamp: Stamp::of(self.modified),
            method: Method::Stored,
            size: self.size,
        }
    }
}
