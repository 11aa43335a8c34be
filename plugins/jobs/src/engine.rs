//! The engine: jobs come in, are run here or elsewhere, and are told of.

mod known;
mod runner;
mod tending;
#[cfg(test)]
mod tests;
mod tickets;

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use portico_aws::Clients;
use portico_sdk::clock::Clock;
use portico_sdk::error::chain;
use portico_sdk::{Error, Principal, Reason};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{Notify, OnceCell};
use uuid::Uuid;

use crate::figures::Figures;
use crate::files::Files;
use crate::job::{JobId, Millis, Owner, Report, Snapshot, State, not_found};
use crate::kind::Kind;
use crate::live::Live;
use crate::store::{Admitted, Again, Caps, Change, New, Seen, Store, StoreFault};
use crate::vault::{Part, Vault};

use self::known::Known;

/// When to come again, for whom there is no room now.
const RETRY: Duration = Duration::from_secs(15);

/// The numbers that the engine keeps to.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Jobs that this process runs at one time.
    pub running: usize,
    /// Jobs of one owner that run at one time.
    pub running_per_owner: usize,
    /// How many may run or wait.
    pub caps: Caps,
    /// How long a silent process keeps a job.
    pub lease: Duration,
    /// How long a store that is away is asked again.
    pub patience: Duration,
    /// Keys that are dealt with at one time.
    pub page: i32,
    /// How long a job may take.
    pub credential_ttl: Duration,
    /// How long a job is known that nobody has ended.
    pub kept: Duration,
    /// Where files are made.
    pub folder: PathBuf,
    /// Bytes that they may take.
    pub disk: u64,
}

/// What an engine stands on.
pub(crate) struct Ground {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) vault: Vault,
    pub(crate) clients: Clients,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) terms: Terms,
    pub(crate) figures: Figures,
}

/// The engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    ground: Ground,
    known: Known,
    /// This process, among all that share the store.
    holder: String,
    /// What runs here.
    live: Mutex<HashMap<JobId, Arc<Live>>>,
    /// Said when there may be a job to run.
    wake: Notify,
    files: OnceCell<Files>,
}

impl Engine {
    pub(crate) fn new(ground: Ground) -> Self {
        Self(Arc::new(Inner {
            ground,
            known: Known::default(),
            holder: Uuid::new_v4().to_string(),
            live: Mutex::default(),
            wake: Notify::new(),
            files: OnceCell::new(),
        }))
    }

    /// Makes a kind known; to be called before anything runs.
    pub(crate) fn enroll(&self, kind: Arc<dyn Kind>) {
        self.figures().enroll(kind.name());
        self.0.known.enroll(kind);
    }

    /// Takes a job in; it runs as soon as there is room for it.
    ///
    /// # Errors
    /// [`Reason::SlowDown`] where there are too many, [`Reason::StoreBusy`] where none can be kept.
    pub async fn submit<T: Serialize>(
        &self,
        kind: &'static str,
        caller: &Principal,
        order: &T,
        report: Report,
    ) -> Result<Snapshot, Error> {
        let job = (Uuid::new_v4(), self.vault().owner(caller));
        let created = self.now();
        let new = New {
            id: job.0,
            kind,
            owner: job.1,
            created,
            overdue: created.saturating_add(millis(self.terms().credential_ttl)),
            order: self.vault().close_order(job, caller, order)?,
            report: self.vault().close(Part::Report, job, &report)?,
        };
        let admitted = self.store().insert(new, self.terms().caps).await;
        match admitted.map_err(unkept)? {
            Admitted::Yes => {}
            Admitted::OwnerIsFull => return Err(full("You have")),
            Admitted::Full => return Err(full("There are")),
        }
        tracing::info!(job = %job.0, kind, "submitted");
        self.0.wake.notify_one();
        Ok(Snapshot {
            id: job.0,
            kind: kind.to_owned(),
            state: State::Waiting,
            report,
            place: None,
        })
    }

    /// A job of the caller's, of one kind, as it is now.
    ///
    /// # Errors
    /// [`not_found`], the same whether there is none or it is somebody else's; [`Reason::StoreBusy`].
    pub async fn look(&self, kind: &str, id: &str, caller: &Principal) -> Result<Snapshot, Error> {
        let id = Uuid::try_parse(id).map_err(|_| not_found())?;
        let owner = self.vault().owner(caller);
        if let Some(live) = self
            .live(id)
            .filter(|live| live.owner == owner && live.kind == kind)
        {
            return Ok(Snapshot {
                id,
                kind: live.kind.to_owned(),
                state: State::Running,
                report: live.report(),
                place: None,
            });
        }
        let seen = self.store().look(id, self.now()).await.map_err(unkept)?;
        let seen = seen.filter(|seen| seen.owner == owner && seen.kind == kind);
        Ok(self.snapshot(id, seen.ok_or_else(not_found)?))
    }

    fn snapshot(&self, id: JobId, seen: Seen) -> Snapshot {
        let report = seen.report.as_deref();
        let report = report.and_then(|report| self.open(Part::Report, (id, seen.owner), report));
        let mut report: Report = report.unwrap_or_default();
        if seen.state == State::Failed && report.error.is_none() {
            report.error = Some("The job was not finished in time".to_owned());
        }
        Snapshot {
            id,
            kind: seen.kind,
            state: seen.state,
            report,
            place: seen.place,
        }
    }

    /// What a job of the caller's has made ([`Work::keep_result`](crate::work::Work::keep_result)).
    ///
    /// # Errors
    /// [`Reason::StoreBusy`].
    pub async fn result<T: DeserializeOwned>(
        &self,
        id: JobId,
        caller: &Principal,
    ) -> Result<Option<T>, Error> {
        let owner = self.vault().owner(caller);
        let sealed = self.store().result(id).await.map_err(unkept)?;
        Ok(sealed.and_then(|sealed| self.open(Part::Result, (id, owner), &sealed)))
    }

    /// Has a job of the caller's end, wherever it runs; gives how it stood before, `None` where there is
    /// none.
    ///
    /// # Errors
    /// [`Reason::StoreBusy`].
    pub async fn cancel(
        &self,
        kind: &str,
        id: &str,
        caller: &Principal,
    ) -> Result<Option<Snapshot>, Error> {
        let found = match self.look(kind, id, caller).await {
            Ok(found) => found,
            Err(error) if error.reason() == Reason::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let (owner, kept) = (self.vault().owner(caller), millis(self.kept(kind)));
        let expires = self.now().saturating_add(kept);
        let told = self.store().cancel(found.id, owner, expires, kept).await;
        told.map_err(unkept)?;
        if let Some(live) = self.live(found.id) {
            live.cancel();
        }
        tracing::info!(job = %found.id, kind, "canceled");
        Ok(Some(found))
    }

    /// Has a job of the caller's, which is done, done again in this very place, with the credential of
    /// now. It waits and runs as it did before, its result in its hands; `false`: it is not done.
    ///
    /// # Errors
    /// [`Reason::StoreBusy`].
    pub async fn again<T: Serialize>(
        &self,
        id: JobId,
        caller: &Principal,
        order: &T,
        report: &Report,
    ) -> Result<bool, Error> {
        let job = (id, self.vault().owner(caller));
        let now = self.now();
        let again = Again {
            order: self.vault().close_order(job, caller, order)?,
            report: self.vault().close(Part::Report, job, report)?,
            only: self.files().await?.mark().to_owned(),
            now,
            overdue: now.saturating_add(millis(self.terms().credential_ttl)),
        };
        let taken = self.store().again(id, job.1, again).await.map_err(unkept)?;
        self.0.wake.notify_one();
        Ok(taken)
    }

    /// Forgets a job of the caller's that is over, and removes its file, if that lies here.
    ///
    /// # Errors
    /// [`Reason::StoreBusy`].
    pub async fn forget(&self, id: JobId, caller: &Principal) -> Result<bool, Error> {
        let owner = self.vault().owner(caller);
        let gone = self.store().forget(id, owner).await.map_err(unkept)?;
        if gone && let Err(error) = self.files().await?.remove(id).await {
            tracing::warn!(job = %id, %error, "a file stays behind");
        }
        Ok(gone)
    }

    /// Where jobs make their files.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub async fn files(&self) -> Result<Files, Error> {
        let terms = self.terms();
        let opened = self
            .0
            .files
            .get_or_try_init(|| Files::open(&terms.folder, terms.disk));
        let files = opened.await.map_err(|error| {
            let words = "Files of jobs cannot be kept at present";
            Error::with_message(Reason::StoreBusy, words).because(error)
        });
        files.cloned()
    }

    /// The clients of the store.
    #[must_use]
    pub fn clients(&self) -> &Clients {
        &self.0.ground.clients
    }

    /// The numbers that the engine keeps to.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.0.ground.terms
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.0.ground.vault
    }

    pub(crate) fn figures(&self) -> &Figures {
        &self.0.ground.figures
    }

    /// Keeps the lease of a job that runs here, and writes what has changed of it.
    pub(crate) async fn write(&self, live: &Live, change: Change) -> Result<(), StoreFault> {
        let until = self.now().saturating_add(millis(self.terms().lease));
        let held = self.store().hold(&live.lease, until, change).await?;
        live.heard(held);
        Ok(())
    }

    fn open<T: DeserializeOwned>(
        &self,
        part: Part,
        job: (JobId, Owner),
        sealed: &[u8],
    ) -> Option<T> {
        self.vault().open(part, job, sealed)
    }

    fn store(&self) -> &dyn Store {
        &*self.0.ground.store
    }

    fn live(&self, id: JobId) -> Option<Arc<Live>> {
        let live = self.0.live.lock().unwrap_or_else(PoisonError::into_inner);
        live.get(&id).cloned()
    }

    fn kept(&self, kind: &str) -> Duration {
        let found = self.0.known.find(kind);
        found.map_or(self.terms().kept, |kind| kind.kept())
    }

    fn now(&self) -> Millis {
        let now = self.0.ground.clock.now().duration_since(UNIX_EPOCH);
        millis(now.unwrap_or_default())
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("holder", &self.0.holder)
            .finish_non_exhaustive()
    }
}

fn millis(time: Duration) -> Millis {
    Millis::try_from(time.as_millis()).unwrap_or(Millis::MAX)
}

fn full(who: &str) -> Error {
    let words = format!("{who} too many jobs in the background. Come again when some have ended.");
    Error::with_message(Reason::SlowDown, words).retry_after(RETRY)
}

fn unkept(fault: StoreFault) -> Error {
    tracing::warn!(error = %chain(&fault), "jobs cannot be kept");
    let words = "Jobs in the background cannot be kept at present";
    let error = Error::with_message(Reason::StoreBusy, words);
    error.because(fault).retry_after(RETRY)
}
