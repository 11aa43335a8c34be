//! Deleting many while the caller waits: in batches, folders after what is in them.

use aws_sdk_s3::Client;
use portico_aws::{
    Folders, Item, KeyFault, Listing, Marker, batches, delete_many, page, version_page,
};
use portico_sdk::{Error, Reason};

use crate::ask::Ask;

/// The most failures that are told one by one.
const TOLD: usize = 10_000;

/// What a sweep came to.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) asked: u64,
    pub(crate) failed: u64,
    pub(crate) errors: Vec<KeyFault>,
}

impl Tally {
    /// What is gone, or was not there.
    pub(crate) fn deleted(&self) -> u64 {
        self.asked - self.failed
    }

    fn fail(&mut self, error: KeyFault) {
        self.failed += 1;
        if self.errors.len() < TOLD {
            self.errors.push(error);
        }
    }
}

/// Deletes in one bucket.
pub(crate) struct Sweep<'a> {
    ask: &'a Ask,
    store: Client,
    tally: Tally,
    /// Those that were named themselves: whatever else is deleted may be in them.
    folders: Vec<Item>,
}

impl<'a> Sweep<'a> {
    pub(crate) fn new(ask: &'a Ask) -> Result<Self, Error> {
        Ok(Self {
            ask,
            store: ask.store()?,
            tally: Tally::default(),
            folders: Vec::new(),
        })
    }

    /// Deletes these, save for folders, whose turn comes with [`Sweep::finish`].
    pub(crate) async fn keys(&mut self, keys: Vec<String>) -> Result<(), Error> {
        let items = keys.into_iter().map(Item::object);
        let (folders, items): (Vec<_>, Vec<_>) = items.partition(Item::is_folder);
        self.folders.extend(folders);
        self.all(batches(items)).await
    }

    /// Deletes whatever begins with a prefix, page by page.
    pub(crate) async fn prefix(&mut self, prefix: &str, label: &str) -> Result<(), Error> {
        let listing = Listing {
            bucket: &self.ask.bucket,
            prefix,
            delimiter: None,
            most: None,
            label,
        };
        let (mut folders, mut token) = (Folders::default(), None);
        loop {
            let page = page(&self.store, &listing, token).await?;
            let keys = page.entries.into_iter().map(|entry| entry.key);
            let open = self.allowed(keys.collect());
            self.all(folders.pass(open)).await?;
            token = page.next;
            if token.is_none() {
                return self.all(folders.end()).await;
            }
        }
    }

    /// Deletes every version and delete marker, page by page. What a whole request comes to, if to
    /// nothing, is told of each of its versions.
    pub(crate) async fn versions(&mut self) -> Result<(), Error> {
        let label = self.ask.label();
        let listing = Listing {
            bucket: &self.ask.bucket,
            prefix: "",
            delimiter: None,
            most: None,
            label: &label,
        };
        let (mut folders, mut marker) = (Folders::default(), Marker::default());
        loop {
            let page = version_page(&self.store, &listing, marker).await?;
            self.try_all(folders.pass(page.items)).await;
            let Some(next) = page.next else {
                self.try_all(folders.end()).await;
                return Ok(());
            };
            marker = next;
        }
    }

    /// Deletes the folders, deepest first, and tells what all came to.
    pub(crate) async fn finish(mut self) -> Result<Tally, Error> {
        let mut folders = std::mem::take(&mut self.folders);
        folders.sort_unstable_by(|one, other| other.key.cmp(&one.key));
        self.all(batches(folders)).await?;
        Ok(self.tally)
    }

    /// A rule may let a prefix pass and not all that begins with it.
    fn allowed(&mut self, keys: Vec<String>) -> Vec<Item> {
        let items = keys.into_iter().map(Item::object);
        let Some(rights) = self.ask.caller.rights.clone() else {
            return items.collect();
        };
        let open = |item: &Item| rights.write(&self.ask.bucket, &item.key);
        let (open, closed): (Vec<_>, Vec<_>) = items.partition(open);
        let denied = Error::new(Reason::AccessDenied);
        for item in closed {
            self.tally.asked += 1;
            self.tally.fail(KeyFault::of(item, &denied));
        }
        open
    }

    async fn all(&mut self, batches: impl IntoIterator<Item = Vec<Item>>) -> Result<(), Error> {
        for batch in batches {
            self.batch(batch).await?;
        }
        Ok(())
    }

    async fn try_all(&mut self, batches: Vec<Vec<Item>>) {
        for batch in batches {
            if let Err(error) = self.batch(batch.clone()).await {
                for item in batch {
                    self.tally.asked += 1;
                    self.tally.fail(KeyFault::of(item, &error));
                }
            }
        }
    }

    /// Deletes these: one request.
    async fn batch(&mut self, batch: Vec<Item>) -> Result<(), Error> {
        let asked = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let label = self.ask.label();
        let faults = delete_many(&self.store, &self.ask.bucket, batch, &label).await?;
        self.tally.asked += asked;
        for fault in faults {
            self.tally.fail(fault);
        }
        Ok(())
    }
}
