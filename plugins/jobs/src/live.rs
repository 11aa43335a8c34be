//! A job that runs in this process: what its runner, its heart and those who ask share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::job::{JobId, Owner, Report};
use crate::store::{Held, Lease};

/// A job that runs here.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) lease: Lease,
    pub(crate) owner: Owner,
    pub(crate) kind: &'static str,
    told: Mutex<Told>,
    cancel: watch::Sender<bool>,
    lost: watch::Sender<bool>,
}

#[derive(Debug)]
struct Told {
    report: Report,
    /// Whether it has changed since it was kept last.
    fresh: bool,
}

impl Live {
    pub(crate) fn new(lease: Lease, owner: Owner, kind: &'static str, report: Report) -> Arc<Self> {
        Arc::new(Self {
            lease,
            owner,
            kind,
            told: Mutex::new(Told {
                report,
                fresh: false,
            }),
            cancel: watch::Sender::new(false),
            lost: watch::Sender::new(false),
        })
    }

    pub(crate) fn id(&self) -> JobId {
        self.lease.id
    }

    /// What its parts are sealed for.
    pub(crate) fn job(&self) -> (JobId, Owner) {
        (self.lease.id, self.owner)
    }

    pub(crate) fn report(&self) -> Report {
        self.told().report.clone()
    }

    /// Changes the report; gives how many more bytes are done now.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Report)) -> u64 {
        let mut told = self.told();
        let before = told.report.bytes;
        change(&mut told.report);
        told.fresh = true;
        told.report.bytes.saturating_sub(before)
    }

    /// The report, if it has changed since it was taken last.
    pub(crate) fn take_fresh(&self) -> Option<Report> {
        let mut told = self.told();
        let fresh = std::mem::replace(&mut told.fresh, false);
        fresh.then(|| told.report.clone())
    }

    /// What the store said of the lease; `false`: it is lost.
    pub(crate) fn heard(&self, held: Held) -> bool {
        match held {
            Held::Yes { cancel: true } => self.cancel(),
            Held::Yes { cancel: false } => {}
            Held::Lost => self.lose(),
        }
        !self.is_lost()
    }

    pub(crate) fn cancel(&self) {
        self.cancel.send_replace(true);
    }

    pub(crate) fn is_canceled(&self) -> bool {
        *self.cancel.borrow()
    }

    pub(crate) async fn canceled(&self) {
        // The sender lives as long as this.
        let _ = self.cancel.subscribe().wait_for(|said| *said).await;
    }

    pub(crate) fn lose(&self) {
        self.lost.send_replace(true);
    }

    pub(crate) fn is_lost(&self) -> bool {
        *self.lost.borrow()
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
