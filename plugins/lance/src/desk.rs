//! What every route needs, and whether a caller may.

use std::sync::Arc;
use std::time::Duration;

use lance::session::Session;
use portico_sdk::cache::ResponseCache;
use portico_sdk::jobs::Chores;
use portico_sdk::rights::Asked;
use portico_sdk::s3::Operation;
use portico_sdk::upstream::Upstreams;
use portico_sdk::{Error, Principal, Reason};

use crate::place::{Dataset, Place};
use crate::sessions::Sessions;
use crate::workshop::Workshop;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The most bytes that the rows of one answer may take.
    pub(crate) memory: u64,
    /// The most bytes of one upload.
    pub(crate) upload: usize,
    /// The most bytes that an upload may come to in memory.
    pub(crate) decoded: u64,
    /// How long a write may take.
    pub(crate) write: Duration,
}

pub(crate) struct Desk {
    pub(crate) sessions: Sessions,
    pub(crate) workshop: Workshop,
    /// Lent by the plugin that runs jobs.
    pub(crate) chores: Option<Arc<dyn Chores>>,
    /// Lent by the plugin that keeps answers.
    pub(crate) cache: Option<Arc<dyn ResponseCache>>,
    pub(crate) upstreams: Arc<Upstreams>,
    pub(crate) limits: Limits,
}

impl Desk {
    /// A caller's session for a folder of tables, if they may list it.
    pub(crate) fn folder(
        &self,
        caller: &Principal,
        dataset: &Dataset,
    ) -> Result<Arc<Session>, Error> {
        dataset.check()?;
        may_list(caller, &dataset.bucket, &dataset.prefix())?;
        self.sessions.of(caller, dataset)
    }

    /// A caller's session for a table, if they may do this to what is in it.
    pub(crate) fn table(
        &self,
        caller: &Principal,
        place: &Place,
        operation: Operation,
    ) -> Result<Arc<Session>, Error> {
        place.dataset.check()?;
        let (bucket, prefix) = (&place.dataset.bucket, place.prefix());
        may_list(caller, bucket, &prefix)?;
        may(caller, &Asked::bucket(operation, bucket).key(&prefix))?;
        self.sessions.of(caller, &place.dataset)
    }
}

fn may_list(caller: &Principal, bucket: &str, prefix: &str) -> Result<(), Error> {
    let asked = Asked::bucket(Operation::ListObjectsV2, bucket).prefix(prefix);
    may(caller, &asked)
}

fn may(caller: &Principal, asked: &Asked<'_>) -> Result<(), Error> {
    caller.may(asked).map_err(|refused| {
        Error::with_message(Reason::AccessDenied, "Access Denied").because(refused)
    })
}
