//! Archives: what is wanted is written into one file, which its owner fetches.

mod choose;
mod list;
mod objects;
mod shelf;
mod tally;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use portico_sdk::error::chain;
use portico_sdk::{Error, Reason};
use portico_zip::{Keep, KeepError, Limits, Packing, Plan};

use crate::kind::{Halt, Kind};
use crate::work::Work;

pub(crate) use choose::{Choice, Selection};
pub(crate) use list::{Wanted, ZipList, ZipOrder};
pub(crate) use objects::Objects;

use shelf::DraftShelf;
use tally::Tally;

/// Writes archives. A run that is interrupted begins its file anew: until its end nothing in it can be
/// relied on.
pub(crate) struct ZipKind {
    pub(crate) kept: Duration,
    /// Shared by all archives of the process.
    pub(crate) packing: Packing,
}

impl ZipKind {
    pub(crate) const NAME: &'static str = "zip";
}

#[async_trait]
impl Kind for ZipKind {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn kept(&self) -> Duration {
        self.kept
    }

    async fn run(&self, work: &Work) -> Result<(), Halt> {
        tokio::select! {
            outcome = make(work, self.packing.clone()) => outcome,
            () = work.canceled() => Err(Halt::Canceled),
        }
    }
}

async fn make(work: &Work, packing: Packing) -> Result<(), Halt> {
    let order: ZipOrder = work.order()?;
    let choice = Choice {
        store: work.store()?,
        bucket: &order.bucket,
        rights: work.caller().rights.clone(),
    };
    let mut list = ZipList {
        wanted: choice.with_folders(work, order.wanted).await?,
        again: order.again,
    };
    begin_report(work, &list);
    let draft = work.files().await?.begin(work.id()).await;
    let shelf = DraftShelf::new(draft.map_err(unkept)?).await;
    let objects = Objects::new(choice.store, order.bucket.clone(), choice.rights);
    let keep = Keep {
        limits: Limits {
            patience: work.patience(),
            ..Limits::default()
        },
        packing,
    };
    let plan = Plan::new(list.items());
    let mut tally = Tally::new(work, &mut list);
    let kept = keep.write(plan, Arc::new(objects), shelf.map_err(unkept)?, &mut tally);
    let (kept, shelf) = kept.await.map_err(halted)?;
    tracing::debug!(job = %work.id(), length = kept.length, "the archive is written");
    work.keep_result(&(&order.bucket, &list)).await?;
    // From here on another process would find it.
    work.keep_file().await?;
    shelf.finish().await.map_err(unkept)?;
    Ok(())
}

/// A run begins with nothing done, whatever an earlier one had.
fn begin_report(work: &Work, list: &ZipList) {
    work.tell(|report| {
        report.total = u64::try_from(list.wanted.len()).unwrap_or(u64::MAX);
        report.total_bytes = list.wanted.iter().filter_map(|wanted| wanted.size).sum();
        (report.done, report.failed, report.bytes, report.folders) = (0, 0, 0, 0);
        report.faults.clear();
    });
}

fn halted(error: KeepError) -> Halt {
    match error {
        KeepError::Ended(error) => Halt::Failed(error),
        other => unkept(other),
    }
}

/// What keeps an archive from being stored is the house's affair; its owner can only come again.
fn unkept(cause: impl std::error::Error + Send + Sync + 'static) -> Halt {
    let full = chain(&cause).contains(shelf::FULL);
    let words = if full {
        "There is no room for the archive at present"
    } else {
        "The archive could not be written"
    };
    Halt::Failed(Error::with_message(Reason::InternalError, words).because(cause))
}
