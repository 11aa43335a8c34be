//! One run of a deletion.

use aws_sdk_s3::Client;
use portico_aws::{
    BATCH, Item, KeyFault, Listing, Marker, batches, delete_many, page, version_page,
};
use portico_sdk::{Error, Reason};

use super::super::count::is_forgotten;
use super::{DeleteOrder, Phase, Place};
use crate::kind::Halt;
use crate::work::Work;

/// Folders that are tried once more at the end; beyond, they have failed at once.
const STUBBORN: usize = 200;

pub(super) struct Run<'a> {
    pub(super) work: &'a Work,
    pub(super) order: &'a DeleteOrder,
    pub(super) store: Client,
    pub(super) place: Place,
}

/// A page of what begins with a prefix.
struct Found {
    items: Vec<Item>,
    token: Option<String>,
    marker: Option<Marker>,
}

impl Found {
    fn is_last(&self) -> bool {
        self.token.is_none() && self.marker.is_none()
    }
}

impl Run<'_> {
    /// Everything that is left to do.
    pub(super) async fn all(mut self) -> Result<(), Halt> {
        if self.place.phase == Phase::Counting {
            self.count().await?;
            self.advance(Phase::Keys).await?;
        }
        if self.place.phase == Phase::Keys {
            self.keys(|key| !key.ends_with('/')).await?;
            self.advance(Phase::Prefixes).await?;
        }
        if self.place.phase == Phase::Prefixes {
            self.prefixes().await?;
            self.advance(Phase::Folders).await?;
        }
        if self.place.phase == Phase::Folders {
            self.keys(|key| key.ends_with('/')).await?;
            self.advance(Phase::Stubborn).await?;
        }
        let mut left = std::mem::take(&mut self.place.stubborn);
        left.sort_unstable_by(|one, other| other.key.cmp(&one.key));
        for batch in batches(left) {
            self.delete(batch).await?;
        }
        Ok(())
    }

    async fn advance(&mut self, phase: Phase) -> Result<(), Halt> {
        self.place.begin(phase);
        self.work.save(&self.place).await
    }

    /// How many there are: told once it is known.
    async fn count(&mut self) -> Result<(), Halt> {
        while self.place.index < self.order.prefixes.len() {
            let found = self.found().await?;
            self.place.counted += amount(found.items.len());
            self.pass(found);
            self.work.save_sometimes(&self.place).await?;
        }
        let total = self.place.counted + amount(self.order.keys.len());
        self.work.tell(|report| report.total = total);
        Ok(())
    }

    /// What begins with the prefixes, page by page.
    async fn prefixes(&mut self) -> Result<(), Halt> {
        while self.place.index < self.order.prefixes.len() {
            let found = self.found().await?;
            // The checkpoint must not know of folders of a page that was not finished.
            let mut folders = self.place.folders.clone();
            let mut batches = folders.pass(found.items.iter().cloned());
            if found.is_last() {
                batches.extend(folders.end());
            }
            for batch in batches {
                self.delete(batch).await?;
            }
            self.place.folders = folders;
            self.pass(found);
            self.work.save(&self.place).await?;
        }
        Ok(())
    }

    fn pass(&mut self, found: Found) {
        if found.is_last() {
            self.place.next_prefix();
        } else {
            (self.place.token, self.place.marker) = (found.token, found.marker);
        }
    }

    /// The next page.
    async fn found(&mut self) -> Result<Found, Halt> {
        let continued = self.place.token.is_some() || self.place.marker.is_some();
        match self.ask().await {
            // What is deleted already does not come again; what is only counted would.
            Err(Halt::Failed(error)) if continued && is_forgotten(&error) => {
                match self.place.phase {
                    Phase::Counting => self.place = Place::default(),
                    _ => self.place.again(),
                }
                self.ask().await
            }
            other => other,
        }
    }

    async fn ask(&self) -> Result<Found, Halt> {
        let prefix = &self.order.prefixes[self.place.index];
        let label = format!("prefix '{prefix}'");
        let listing = Listing {
            bucket: &self.order.bucket,
            prefix,
            delimiter: None,
            most: Some(self.work.page()),
            label: &label,
        };
        if self.order.versions {
            let marker = || self.place.marker.clone().unwrap_or_default();
            let asked = || version_page(&self.store, &listing, marker());
            let page = self.work.patiently(asked).await?;
            return Ok(Found {
                items: page.items,
                token: None,
                marker: page.next,
            });
        }
        let asked = || page(&self.store, &listing, self.place.token.clone());
        let page = self.work.patiently(asked).await?;
        let keys = page
            .entries
            .into_iter()
            .map(|entry| Item::object(entry.key));
        Ok(Found {
            items: keys.collect(),
            token: page.next,
            marker: None,
        })
    }

    /// The keys of the order that fit, in batches; folders deepest first.
    async fn keys(&mut self, fits: impl Fn(&String) -> bool) -> Result<(), Halt> {
        let mut keys: Vec<_> = self.order.keys.iter().filter(|key| fits(key)).collect();
        keys.sort_unstable_by(|one, other| other.cmp(one));
        while let Some(batch) = keys.get(self.place.index..).filter(|left| !left.is_empty()) {
            let most = usize::try_from(self.work.page()).unwrap_or(BATCH);
            let batch = &batch[..batch.len().min(most)];
            if self.order.versions {
                for key in batch {
                    self.versions_of(key).await?;
                }
            } else {
                let items = batch.iter().map(|key| Item::object(*key));
                self.delete(items.collect()).await?;
            }
            self.place.index += batch.len();
            self.work.save(&self.place).await?;
        }
        Ok(())
    }

    /// All versions of one key, which count as one.
    async fn versions_of(&self, key: &str) -> Result<(), Halt> {
        let label = format!("object '{key}'");
        let listing = Listing {
            bucket: &self.order.bucket,
            prefix: key,
            delimiter: None,
            most: Some(self.work.page()),
            label: &label,
        };
        let mut fault = self.closed(&Item::object(key));
        let mut marker = Some(Marker::default()).filter(|_| fault.is_none());
        while let Some(from) = marker {
            let asked = || version_page(&self.store, &listing, from.clone());
            let page = self.work.patiently(asked).await?;
            let beyond = page.items.iter().any(|item| item.key != key);
            let own = page.items.into_iter().filter(|item| item.key == key);
            for batch in batches(own.collect()) {
                let faults = self.send(batch).await?;
                fault = fault.or(faults.into_iter().next());
            }
            marker = page.next.filter(|_| !beyond);
        }
        self.tally(&[Item::object(key)], fault.into_iter().collect());
        Ok(())
    }

    /// Deletes a batch, as far as the rules let it.
    async fn delete(&mut self, mut batch: Vec<Item>) -> Result<(), Halt> {
        let closed: Vec<_> = batch.iter().filter_map(|item| self.closed(item)).collect();
        let open = batch.iter().filter(|item| self.closed(item).is_none());
        let mut faults = self.send(open.cloned().collect()).await?;
        if self.place.phase == Phase::Prefixes {
            self.put_off(&mut batch, &mut faults);
        }
        faults.extend(closed);
        self.tally(&batch, faults);
        Ok(())
    }

    /// Takes folders that did not go out of a batch, to try them again.
    fn put_off(&mut self, batch: &mut Vec<Item>, faults: &mut Vec<KeyFault>) {
        let room = STUBBORN.saturating_sub(self.place.stubborn.len());
        let stays = |item: &mut Item| faults.iter().any(|fault| is_of(fault, item));
        let mut folders: Vec<_> = batch
            .extract_if(.., |item| item.is_folder() && stays(item))
            .collect();
        let beyond = folders.split_off(folders.len().min(room));
        batch.extend(beyond);
        faults.retain(|fault| !folders.iter().any(|item| is_of(fault, item)));
        self.place.stubborn.extend(folders);
    }

    async fn send(&self, batch: Vec<Item>) -> Result<Vec<KeyFault>, Halt> {
        let (bucket, label) = (
            &self.order.bucket,
            format!("bucket '{}'", self.order.bucket),
        );
        let asked = || delete_many(&self.store, bucket, batch.clone(), &label);
        self.work.patiently(asked).await
    }

    /// A rule may let a prefix pass and not all that begins with it.
    fn closed(&self, item: &Item) -> Option<KeyFault> {
        let rights = self.work.caller().rights.as_ref()?;
        let open = rights.write(&self.order.bucket, &item.key);
        (!open).then(|| KeyFault::of(item.clone(), &Error::new(Reason::AccessDenied)))
    }

    fn tally(&self, batch: &[Item], faults: Vec<KeyFault>) {
        let stays = |item: &Item| faults.iter().any(|fault| is_of(fault, item));
        let folders = batch.iter().filter(|item| item.is_folder() && !stays(item));
        let folders = amount(folders.count());
        self.work.tell(|report| {
            report.done += amount(batch.len()).saturating_sub(amount(faults.len()));
            report.folders += folders;
            for fault in faults {
                report.fail(fault);
            }
        });
    }
}

fn is_of(fault: &KeyFault, item: &Item) -> bool {
    fault.key == item.key && fault.version_id == item.version
}

fn amount(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
