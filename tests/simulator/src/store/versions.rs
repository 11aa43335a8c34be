//! Storing, finding and deleting versions of objects.

use super::bucket::{Bucket, Content, Object, Version, Versioning, now};
use super::journal::Ending;
use super::{Ids, Rules, StoreError};

/// What a DELETE did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Deleted {
    /// The marker that was made or the version that is gone.
    pub(crate) version: Option<u64>,
    /// Whether that version is a delete marker.
    pub(crate) marker: bool,
}

impl Bucket {
    /// What a plain GET sees: the newest version, unless it is a delete marker.
    pub(crate) fn current(&self, key: &str) -> Option<&Version> {
        let newest = self.entries.get(key)?.last()?;
        (!newest.is_marker()).then_some(newest)
    }

    /// While versioning is off a version id is ignored.
    pub(crate) fn find(&self, key: &str, version: Option<u64>) -> Result<&Version, StoreError> {
        match version.filter(|_| self.versioning == Versioning::Enabled) {
            None => self.current(key).ok_or(StoreError::NoSuchKey),
            Some(id) => self.version(key, id).ok_or(StoreError::NoSuchVersion),
        }
    }

    fn version(&self, key: &str, id: u64) -> Option<&Version> {
        self.entries.get(key)?.iter().find(|v| v.id == id)
    }

    /// The object of a version, to change what is said about it.
    pub(crate) fn object_mut(&mut self, key: &str, version: Option<u64>) -> Option<&mut Object> {
        let id = self.find(key, version).ok()?.id;
        let versions = self.entries.get_mut(key)?;
        let version = versions.iter_mut().find(|version| version.id == id)?;
        match &mut version.content {
            Content::Object(object) => Some(object),
            Content::Folder | Content::DeleteMarker => None,
        }
    }

    /// Whether an object may be stored under this key now.
    pub(crate) fn check_put(&self, key: &str, rules: Rules) -> Result<(), StoreError> {
        if rules.folders {
            self.check_folders(key)?;
        }
        let overwrite = self.unversioned_overwrite;
        let fixed = self.versioning != Versioning::Enabled
            && !overwrite.unwrap_or(rules.unversioned_overwrite);
        match self.current(key) {
            Some(version) if fixed && version.object().is_some() => Err(StoreError::KeyExists),
            _ => Ok(()),
        }
    }

    /// Stores an object, or a folder where the key ends with a slash. Returns the version id.
    pub(crate) fn put(
        &mut self,
        key: &str,
        object: Object,
        rules: Rules,
        ids: &Ids,
    ) -> Result<u64, StoreError> {
        self.check_put(key, rules)?;
        self.ghosts.remove(key);
        if rules.folders {
            self.make_ancestors(key, ids);
            if key.ends_with('/') {
                return Ok(self.make_folder(key, ids));
            }
        }
        let version = Version {
            id: ids.version(),
            modified: now(),
            content: Content::Object(Box::new(object)),
        };
        let id = version.id;
        let versions = self.entries.entry(key.to_owned()).or_default();
        let replaces = self.versioning != Versioning::Enabled;
        if replaces && versions.last().is_some_and(|v| !v.is_marker()) {
            versions.pop();
        }
        versions.push(version);
        Ok(id)
    }

    /// Deletes the object, or the one version. What does not exist is deleted already.
    /// `lag` is how many listings still show it.
    pub(crate) fn delete(
        &mut self,
        key: &str,
        version: Option<u64>,
        ids: &Ids,
        lag: u32,
    ) -> Result<Deleted, StoreError> {
        let before = self.current(key).filter(|_| lag > 0).cloned();
        let version = version.filter(|_| self.versioning != Versioning::Absent);
        let deleted = match version {
            Some(id) => self.delete_version(key, id, ids)?,
            None => self.delete_current(key, ids)?,
        };
        if let Some(before) = before.filter(|_| self.current(key).is_none()) {
            self.ghosts.insert(key.to_owned(), (before, lag));
        }
        Ok(deleted)
    }

    fn delete_version(&mut self, key: &str, id: u64, ids: &Ids) -> Result<Deleted, StoreError> {
        let Some(found) = self.version(key, id) else {
            return Ok(Deleted::default());
        };
        let marker = found.is_marker();
        if matches!(found.content, Content::Folder) {
            self.remove_folder(key)?;
        } else if let Some(versions) = self.entries.get_mut(key) {
            let gone = versions.extract_if(.., |version| version.id == id).next();
            let ending = if versions.is_empty() {
                self.entries.remove(key);
                Ending::Purged
            } else {
                Ending::Pruned
            };
            if let Some(gone) = gone {
                self.remember(ending, key, gone, ids);
            }
        }
        Ok(Deleted {
            version: Some(id),
            marker,
        })
    }

    fn delete_current(&mut self, key: &str, ids: &Ids) -> Result<Deleted, StoreError> {
        let Some(current) = self.current(key) else {
            return Ok(Deleted::default());
        };
        if matches!(current.content, Content::Folder) {
            self.remove_folder(key)?;
            return Ok(Deleted::default());
        }
        let enabled = self.versioning == Versioning::Enabled;
        let Some(versions) = self.entries.get_mut(key) else {
            return Ok(Deleted::default());
        };
        if !enabled && versions.len() == 1 {
            let gone = versions.pop();
            self.entries.remove(key);
            if let Some(gone) = gone {
                self.remember(Ending::Deleted, key, gone, ids);
            }
            return Ok(Deleted::default());
        }
        let id = ids.version();
        versions.push(Version {
            id,
            modified: now(),
            content: Content::DeleteMarker,
        });
        Ok(Deleted {
            version: Some(id),
            marker: true,
        })
    }
}
