//! One run of one job, as its kind sees it.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_s3::Client;
use http::HeaderValue;
use portico_aws::Clients;
use portico_sdk::error::{Remedy, chain};
use portico_sdk::{Error, Principal, Reason};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::{Instant, sleep};
use tracing::Instrument as _;

use crate::engine::Engine;
use crate::files::Files;
use crate::job::{JobId, Report};
use crate::kind::Halt;
use crate::live::Live;
use crate::store::Change;
use crate::vault::Part;

/// The least time between two checkpoints that are only for safety.
const PACE: Duration = Duration::from_secs(1);
/// The first pause before a store that does not answer is asked again.
const PAUSE: Duration = Duration::from_millis(250);
/// The longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What is kept for whoever goes on: the kind's own words, and the report as it was then.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    pub(crate) state: Value,
    pub(crate) report: Report,
}

impl Checkpoint {
    /// The report with which a run begins that takes the job over. What was shown since may say more:
    /// faults that were found after the checkpoint are found again.
    pub(crate) fn taken_up(&self, shown: Report) -> Report {
        let mut faults = shown.faults;
        faults.truncate(usize::try_from(self.report.failed).unwrap_or(usize::MAX));
        Report {
            faults,
            ..self.report.clone()
        }
    }
}

/// One run of one job.
///
/// Everything here may fail with [`Halt::Lost`] or [`Halt::Canceled`]: a kind gives that on.
pub struct Work {
    pub(crate) engine: Engine,
    pub(crate) live: std::sync::Arc<Live>,
    pub(crate) caller: Principal,
    /// Gone once a kind has read it: a long list is not to be held twice.
    pub(crate) order: Mutex<Value>,
    pub(crate) checkpoint: Option<Value>,
    pub(crate) result: Option<Vec<u8>>,
    /// The name of the span in which the order was given.
    pub(crate) ordered: Option<HeaderValue>,
    pub(crate) saved: Mutex<Option<Instant>>,
}

impl Work {
    /// The job's name.
    #[must_use]
    pub fn id(&self) -> JobId {
        self.live.id()
    }

    /// Who gave the order, with what they may do now.
    #[must_use]
    pub fn caller(&self) -> &Principal {
        &self.caller
    }

    /// The clients of the store.
    #[must_use]
    pub fn clients(&self) -> &Clients {
        self.engine.clients()
    }

    /// The store as who gave the order sees it.
    ///
    /// # Errors
    /// As [`Clients::of`].
    pub fn store(&self) -> Result<Client, Error> {
        self.clients().of(&self.caller)
    }

    /// What is to be done; to be asked once.
    ///
    /// # Errors
    /// Another version of Portico has written it.
    pub fn order<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let mut order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        let order = serde_json::from_value(order.take());
        order.map_err(|error| Error::new(Reason::InternalError).because(error))
    }

    /// How far a run before this one came; `None`: from the beginning.
    #[must_use]
    pub fn checkpoint<T: DeserializeOwned>(&self) -> Option<T> {
        T::deserialize(self.checkpoint.as_ref()?).ok()
    }

    /// What the job had made when it was done before ([`Engine::again`]).
    #[must_use]
    pub fn result<T: DeserializeOwned>(&self) -> Option<T> {
        let sealed = self.result.as_deref()?;
        self.engine
            .vault()
            .open(Part::Result, self.live.job(), sealed)
    }

    /// The report as it is.
    #[must_use]
    pub fn report(&self) -> Report {
        self.live.report()
    }

    /// Changes the report. Whoever asks this process sees it at once, others with the next heartbeat;
    /// a run that takes over begins with that of the last checkpoint.
    pub fn tell(&self, change: impl FnOnce(&mut Report)) {
        let more = self.live.change(change);
        self.engine.figures().moved(self.live.kind, more);
    }

    /// Whether to go on.
    ///
    /// # Errors
    /// [`Halt::Canceled`], [`Halt::Lost`].
    pub fn check(&self) -> Result<(), Halt> {
        if self.live.is_lost() {
            return Err(Halt::Lost);
        }
        if self.live.is_canceled() {
            return Err(Halt::Canceled);
        }
        Ok(())
    }

    /// Waits until the owner wants the job to end.
    pub async fn canceled(&self) {
        self.live.canceled().await;
    }

    /// Keeps how far the job has come, with the report as it is now. To be small: no lists of keys.
    ///
    /// # Errors
    /// [`Halt::Canceled`] and [`Halt::Lost`]; a store that does not answer is no error before the lease
    /// is over.
    pub async fn save<T: Serialize>(&self, state: &T) -> Result<(), Halt> {
        let unwritten = |error| Error::new(Reason::InternalError).because(error);
        let report = self.live.report();
        let checkpoint = Checkpoint {
            state: serde_json::to_value(state).map_err(unwritten)?,
            report: Report {
                // They stand in the report that lies beside.
                faults: Vec::new(),
                ..report.clone()
            },
        };
        let (vault, job) = (self.engine.vault(), self.live.job());
        let change = Change {
            report: Some(vault.close(Part::Report, job, &report)?),
            checkpoint: Some(vault.close(Part::Checkpoint, job, &checkpoint)?),
            ..Change::default()
        };
        *self.saved.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        let step = tracing::debug_span!("job.checkpoint");
        self.write(change).instrument(step).await
    }

    /// As [`Work::save`], unless that was done a moment ago.
    ///
    /// # Errors
    /// As [`Work::save`].
    pub async fn save_sometimes<T: Serialize>(&self, state: &T) -> Result<(), Halt> {
        let last = *self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_some_and(|last| last.elapsed() < PACE) {
            return self.check();
        }
        self.save(state).await
    }

    /// Keeps what the job has made, sealed, until it is forgotten: a list of keys and tags, to make a
    /// file again from.
    ///
    /// # Errors
    /// As [`Work::save`].
    pub async fn keep_result<T: Serialize>(&self, result: &T) -> Result<(), Halt> {
        let result = self
            .engine
            .vault()
            .close(Part::Result, self.live.job(), result)?;
        self.write(Change {
            result: Some(result),
            ..Change::default()
        })
        .await
    }

    /// Says that the job's file lies in this folder. To be said before the file is made whole: whoever
    /// has lost the job must not touch it any more.
    ///
    /// # Errors
    /// As [`Work::save`].
    pub async fn keep_file(&self) -> Result<(), Halt> {
        let place = self.files().await?.mark().to_owned();
        self.write(Change {
            place: Some(place),
            ..Change::default()
        })
        .await
    }

    /// How many keys are listed, or dealt with, at one time.
    #[must_use]
    pub fn page(&self) -> i32 {
        self.engine.terms().page
    }

    /// Where jobs make their files.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub async fn files(&self) -> Result<Files, Error> {
        self.engine.files().await
    }

    /// How long a store that does not answer is asked again.
    #[must_use]
    pub fn patience(&self) -> Duration {
        self.engine.terms().patience
    }

    /// Asks the store again and again, for as long as the settings say, while it is only away or busy.
    ///
    /// # Errors
    /// What the store said last, or [`Halt::Canceled`], [`Halt::Lost`] in between.
    pub async fn patiently<T, F, Fut>(&self, mut ask: F) -> Result<T, Halt>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, Error>>,
    {
        let end = Instant::now() + self.engine.terms().patience;
        let mut pause = PAUSE;
        loop {
            self.check()?;
            let step = tracing::debug_span!("job.step");
            let error = match ask().instrument(step).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if error.reason().row().remedy != Remedy::Wait || Instant::now() + pause > end {
                return Err(Halt::Failed(error));
            }
            tracing::debug!(job = %self.id(), error = %chain(&error), "the store is asked again");
            tokio::select! {
                () = sleep(pause) => {}
                () = self.canceled() => return Err(Halt::Canceled),
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// A store that does not answer is the heart's affair: it knows when the lease is over.
    async fn write(&self, change: Change) -> Result<(), Halt> {
        if let Err(fault) = self.engine.write(&self.live, change).await {
            tracing::warn!(job = %self.id(), error = %chain(&fault), "a checkpoint was not kept");
        }
        self.check()
    }
}
