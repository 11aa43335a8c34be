//! Folders are real objects on HCP: storing `a/b/c` makes `a/` and `a/b/`, and they stay.

use super::bucket::{Bucket, Content, Version, now};
use super::{Ids, StoreError};

/// The folders on the way to a key, nearest last. A leading slash names no folder.
fn ancestors(key: &str) -> impl Iterator<Item = &str> {
    let ends = key.match_indices('/').map(|(at, _)| at + 1);
    ends.filter(|&end| end > 1 && end < key.len())
        .map(|end| &key[..end])
}

impl Bucket {
    /// No object may have the name of a folder, no folder that of an object.
    pub(super) fn check_folders(&self, key: &str) -> Result<(), StoreError> {
        let is_object = |name: &str| self.current(name).is_some_and(|v| v.object().is_some());
        let clash = match key.strip_suffix('/') {
            Some(name) => is_object(name),
            None => self.current(&format!("{key}/")).is_some(),
        };
        if clash || ancestors(key).any(|folder| is_object(folder.trim_end_matches('/'))) {
            return Err(StoreError::FolderClash);
        }
        Ok(())
    }

    /// Makes the folders on the way to a key.
    pub(super) fn make_ancestors(&mut self, key: &str, ids: &Ids) {
        for folder in ancestors(key) {
            self.make_folder(folder, ids);
        }
    }

    /// Makes one folder; one that is there already stays as it is. Returns its version id.
    pub(super) fn make_folder(&mut self, folder: &str, ids: &Ids) -> u64 {
        if let Some(version) = self.current(folder) {
            return version.id;
        }
        let id = ids.version();
        let version = Version {
            id,
            modified: now(),
            content: Content::Folder,
        };
        self.entries.insert(folder.to_owned(), vec![version]);
        id
    }

    /// Removes an empty folder.
    pub(super) fn remove_folder(&mut self, folder: &str) -> Result<(), StoreError> {
        let after = self.entries.range(folder.to_owned()..).skip(1);
        let mut inside = after.take_while(|(key, _)| key.starts_with(folder));
        if inside.any(|(key, _)| self.current(key).is_some()) {
            return Err(StoreError::FolderNotEmpty);
        }
        self.entries.remove(folder);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::ancestors;

    #[test]
    fn the_way_to_a_key() {
        let way = |key| ancestors(key).collect::<Vec<_>>();
        assert_eq!(way("a/b/c"), ["a/", "a/b/"]);
        assert_eq!(way("a/b/"), ["a/"]);
        assert_eq!(way("a"), Vec::<&str>::new());
        assert_eq!(way("/a"), Vec::<&str>::new());
        assert_eq!(way("a//b"), ["a/", "a//"]);
    }
}
