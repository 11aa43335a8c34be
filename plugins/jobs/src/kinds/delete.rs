//! Deleting: keys, and whatever begins with prefixes, folders after what is in them.

mod run;

use std::time::Duration;

use async_trait::async_trait;
use portico_aws::{Folders, Item, Marker};
use portico_sdk::rights::Asked;
use portico_sdk::s3::Operation;
use portico_sdk::{Error, Principal};
use serde::{Deserialize, Serialize};

use crate::kind::{Halt, Kind};
use crate::work::Work;
use run::Run;

/// What is deleted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DeleteOrder {
    pub(crate) bucket: String,
    pub(crate) keys: Vec<String>,
    pub(crate) prefixes: Vec<String>,
    /// Whether every version goes, and every delete marker.
    pub(crate) versions: bool,
}

impl DeleteOrder {
    /// Lets the order pass, if the caller's rules do: as for the list of a `DeleteObjects`, one key
    /// outside of them refuses all. What prefixes hold is looked at when it is found.
    pub(crate) fn may(&self, caller: &Principal) -> Result<(), (Error, String)> {
        let refused = |words: &str| {
            let words = words.to_owned();
            move |error| (error, words)
        };
        let delete = Asked::bucket(Operation::DeleteObjects, &self.bucket);
        let bucket = format!("bucket '{}'", self.bucket);
        caller.may(&delete).map_err(refused(&bucket))?;
        for key in &self.keys {
            let asked = Asked::bucket(Operation::DeleteObject, &self.bucket).key(key);
            caller
                .may(&asked)
                .map_err(refused(&format!("object '{key}'")))?;
        }
        let listing = if self.versions {
            Operation::ListObjectVersions
        } else {
            Operation::ListObjectsV2
        };
        for prefix in &self.prefixes {
            let asked = Asked::bucket(listing, &self.bucket).prefix(prefix);
            caller
                .may(&asked)
                .map_err(refused(&format!("prefix '{prefix}'")))?;
        }
        Ok(())
    }
}

/// What is being done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    /// Finding out how many there are.
    #[default]
    Counting,
    /// The keys of the order, save for folders.
    Keys,
    /// What begins with the prefixes.
    Prefixes,
    /// The folders among the keys, which may have been full before.
    Folders,
    /// Those that did not go when it was their turn.
    Stubborn,
}

/// How far it has come.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Place {
    phase: Phase,
    /// Which of the keys, or of the prefixes, is next.
    index: usize,
    token: Option<String>,
    marker: Option<Marker>,
    /// What has been counted.
    counted: u64,
    /// The folders that the listing is in the middle of.
    folders: Folders,
    /// Folders that did not go when it was their turn: the store may not have seen yet that they are
    /// empty.
    stubborn: Vec<Item>,
}

impl Place {
    fn begin(&mut self, phase: Phase) {
        let (counted, stubborn) = (self.counted, std::mem::take(&mut self.stubborn));
        *self = Self {
            phase,
            counted,
            stubborn,
            ..Self::default()
        };
    }

    /// The next prefix, from its beginning.
    fn next_prefix(&mut self) {
        self.index += 1;
        self.again();
    }

    /// The same prefix, from its beginning.
    fn again(&mut self) {
        (self.token, self.marker) = (None, None);
        self.folders = Folders::default();
    }
}

/// Deletes, page by page.
pub(crate) struct DeleteKind {
    pub(crate) kept: Duration,
}

impl DeleteKind {
    pub(crate) const NAME: &'static str = "delete";
}

#[async_trait]
impl Kind for DeleteKind {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn kept(&self) -> Duration {
        self.kept
    }

    async fn run(&self, work: &Work) -> Result<(), Halt> {
        let order: DeleteOrder = work.order()?;
        order.may(work.caller()).map_err(|(error, _)| error)?;
        let place: Option<Place> = work.checkpoint();
        let resumed = place.is_some();
        Run {
            store: work.store()?,
            work,
            order: &order,
            place: place.unwrap_or_default(),
        }
        .all()
        .await?;
        if resumed {
            // What a run before this one has deleted after its last checkpoint is not found again.
            work.tell(|report| {
                let gone = report.total.saturating_sub(report.failed);
                report.done = report.done.max(gone);
            });
        }
        Ok(())
    }
}
