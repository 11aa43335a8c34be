//! Deleting many: one request for each batch, and folders after what is in them.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Delete, Error as Undeleted, ObjectIdentifier};
use portico_sdk::{Error, Reason};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::failure::failure;

/// The most keys of one `DeleteObjects` (AWS, "`DeleteObjects`").
pub const BATCH: usize = 1000;

/// An object, or one version of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The key, decoded.
    pub key: String,
    /// Which version; the object itself if none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl Item {
    /// The object itself.
    #[must_use]
    pub fn object(key: impl Into<String>) -> Self {
        let key = key.into();
        Self { key, version: None }
    }

    /// Whether it stands for a folder.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        self.key.ends_with('/')
    }
}

/// One key that something could not be done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(as = DeleteError)]
pub struct KeyFault {
    /// The key.
    pub key: String,
    /// The S3 code.
    pub code: String,
    /// Words.
    pub message: String,
    /// Which version, where one was meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
}

impl KeyFault {
    /// The same error for one of several keys.
    #[must_use]
    pub fn of(item: Item, error: &Error) -> Self {
        Self {
            key: item.key,
            code: error.reason().row().code.to_owned(),
            message: error.message().to_owned(),
            version_id: item.version,
        }
    }

    fn told(error: &Undeleted) -> Self {
        Self {
            key: error.key().unwrap_or_default().to_owned(),
            code: error.code().unwrap_or_default().to_owned(),
            message: error.message().unwrap_or_default().to_owned(),
            version_id: error.version_id().map(str::to_owned),
        }
    }
}

/// Deletes up to [`BATCH`] items in one request, and gives those that stay. What was not there is gone
/// too.
///
/// # Errors
/// The request as a whole failed; `label` is what the words speak of. What became of each item is
/// unknown then.
pub async fn delete_many(
    store: &Client,
    bucket: &str,
    items: Vec<Item>,
    label: &str,
) -> Result<Vec<KeyFault>, Error> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let unnamed = |error| Error::new(Reason::InvalidArgument).because(error);
    let objects = items.into_iter().map(|item| {
        let object = ObjectIdentifier::builder().key(item.key);
        object.set_version_id(item.version).build()
    });
    let objects = objects.collect::<Result<Vec<_>, _>>().map_err(unnamed)?;
    let batch = Delete::builder().set_objects(Some(objects)).quiet(true);
    let batch = batch.build().map_err(unnamed)?;
    let done = store.delete_objects().bucket(bucket).delete(batch).send();
    let done = done.await.map_err(|error| failure(error, label))?;
    let stays = |error: &&Undeleted| !matches!(error.code(), Some("NoSuchKey" | "NoSuchVersion"));
    let left = done.errors().iter().filter(stays);
    Ok(left.map(KeyFault::told).collect())
}

/// The folders that a listing is in the middle of.
///
/// HCP deletes no folder that has something in it. Listings are in the order of the keys' bytes (AWS,
/// "`ListObjectsV2`"), so whatever is in a folder stands directly behind it, and the folder's turn has
/// come with the first key that is not in it. No more folders are held than a path is deep.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folders(Vec<Item>);

impl Folders {
    /// What of a page may be deleted now, in batches, each in the order in which it must be.
    #[must_use]
    pub fn pass(&mut self, page: impl IntoIterator<Item = Item>) -> Vec<Vec<Item>> {
        let (mut objects, mut folders) = (Vec::new(), Vec::new());
        for item in page {
            while let Some(folder) = self.0.pop_if(|open| !item.key.starts_with(&open.key)) {
                folders.push(folder);
            }
            if item.is_folder() {
                self.0.push(item);
            } else {
                objects.push(item);
            }
        }
        batches(objects).chain(batches(folders)).collect()
    }

    /// What is left at the end of a listing.
    #[must_use]
    pub fn end(&mut self) -> Vec<Vec<Item>> {
        let mut left = std::mem::take(&mut self.0);
        left.reverse();
        batches(left).collect()
    }
}

/// Items in batches of one request each.
pub fn batches(items: Vec<Item>) -> impl Iterator<Item = Vec<Item>> {
    let mut items = items.into_iter().peekable();
    std::iter::from_fn(move || {
        items.peek()?;
        Some(items.by_ref().take(BATCH).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(keys: &[&str]) -> Vec<Item> {
        keys.iter().map(|key| Item::object(*key)).collect()
    }

    fn keys(batches: &[Vec<Item>]) -> Vec<Vec<String>> {
        let names =
            |batch: &[Item]| -> Vec<String> { batch.iter().map(|item| item.key.clone()).collect() };
        batches.iter().map(|batch| names(batch)).collect()
    }

    #[test]
    fn a_folder_waits_until_the_listing_has_passed_it() {
        let mut folders = Folders::default();
        let first = folders.pass(items(&["a/", "a/b/", "a/b/1", "a/c/"]));
        assert_eq!(keys(&first), [vec!["a/b/1"], vec!["a/b/"]]);
        let second = folders.pass(items(&["a/c/2", "a0", "b/"]));
        assert_eq!(keys(&second), [vec!["a/c/2", "a0"], vec!["a/c/", "a/"]]);
        assert_eq!(keys(&folders.end()), [["b/"]]);
        assert_eq!(folders, Folders::default());
    }

    #[test]
    fn no_batch_is_too_large() {
        let many = (0..2500).map(|number| Item::object(number.to_string()));
        let sizes: Vec<_> = batches(many.collect()).map(|batch| batch.len()).collect();
        assert_eq!(sizes, [1000, 1000, 500]);
        assert_eq!(batches(Vec::new()).count(), 0);
    }
}
