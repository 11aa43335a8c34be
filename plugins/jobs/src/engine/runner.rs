//! One job, from the moment that this process has taken it until its end.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use portico_sdk::error::chain;
use portico_sdk::{Error, Reason, trace};
use tokio::time::{Instant, sleep};
use tracing::{Instrument as _, Span};

use super::{Engine, millis};
use crate::job::{JobId, Millis, Report, State};
use crate::kind::{Halt, Kind};
use crate::live::Live;
use crate::store::{Change, Claimed, Ending};
use crate::vault::Part;
use crate::work::{Checkpoint, Work};

/// How often a job may be taken without coming further: what ends a process each time is not tried
/// for ever.
const ATTEMPTS: i64 = 10;
/// Heartbeats in one lease.
const BEATS: u32 = 5;

impl Engine {
    /// Runs a job that was taken, and writes down how it ended.
    pub(super) async fn run_one(&self, claimed: Claimed) {
        let Some(kind) = self.0.known.find(&claimed.seen.kind) else {
            return;
        };
        let (created, attempts) = (claimed.created, claimed.attempts);
        let checkpoint = self.checkpoint(&claimed);
        let live = self.enter(&claimed, kind.name(), checkpoint.as_ref());
        let _here = Here(self, live.id());
        if live.lease.epoch > 1 {
            tracing::info!(job = %live.id(), kind = live.kind, attempts, "taken again");
        }
        let work = self.prepare(claimed, &live, checkpoint);
        let ordered = work.as_ref().ok().and_then(|work| work.ordered.as_ref());
        let span = trace::job(&live.id().to_string(), live.kind, ordered);
        let all = async {
            let outcome = match work {
                _ if live.is_canceled() => Err(Halt::Canceled),
                _ if attempts > ATTEMPTS => {
                    let words = "The job was interrupted too often";
                    Err(Error::with_message(Reason::InternalError, words).into())
                }
                Ok(work) => tokio::select! {
                    outcome = kind.run(&work) => outcome,
                    () = self.beat(&live) => Err(Halt::Lost),
                },
                Err(error) => Err(error.into()),
            };
            self.conclude(&live, &*kind, created, outcome).await;
        };
        all.instrument(span).await;
    }

    fn checkpoint(&self, claimed: &Claimed) -> Option<Checkpoint> {
        let sealed = claimed.checkpoint.as_deref()?;
        let job = (claimed.lease.id, claimed.seen.owner);
        self.open(Part::Checkpoint, job, sealed)
    }

    /// Makes the job known as one that runs here.
    fn enter(
        &self,
        claimed: &Claimed,
        kind: &'static str,
        checkpoint: Option<&Checkpoint>,
    ) -> Arc<Live> {
        let (owner, lease) = (claimed.seen.owner, claimed.lease.clone());
        let shown = claimed.seen.report.as_deref();
        let shown = shown.and_then(|report| self.open(Part::Report, (lease.id, owner), report));
        let shown: Report = shown.unwrap_or_default();
        let report = match checkpoint {
            Some(checkpoint) => checkpoint.taken_up(shown),
            None => shown,
        };
        let live = Live::new(lease.clone(), owner, kind, report);
        if claimed.cancel {
            live.cancel();
        }
        let mut all = self.0.live.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(live.id(), Arc::clone(&live));
        live
    }

    fn prepare(
        &self,
        claimed: Claimed,
        live: &Arc<Live>,
        checkpoint: Option<Checkpoint>,
    ) -> Result<Work, Error> {
        let order = claimed.order.unwrap_or_default();
        let opened = self.vault().open_order(live.job(), &order)?;
        Ok(Work {
            engine: self.clone(),
            live: Arc::clone(live),
            caller: opened.caller,
            order: Mutex::new(opened.order),
            ordered: opened.ordered,
            checkpoint: checkpoint.map(|checkpoint| checkpoint.state),
            result: claimed.result,
            saved: Mutex::new(None),
        })
    }

    /// Keeps the lease for as long as the job runs; ends when it is lost.
    async fn beat(&self, live: &Live) {
        let lease = self.terms().lease;
        let mut heard = Instant::now();
        loop {
            sleep(lease / BEATS).await;
            let report = live.take_fresh();
            let sealed = report.map(|report| self.vault().close(Part::Report, live.job(), &report));
            let change = Change {
                report: sealed.and_then(Result::ok),
                ..Change::default()
            };
            match self.write(live, change).await {
                Ok(()) => heard = Instant::now(),
                Err(fault) => {
                    tracing::warn!(job = %live.id(), error = %chain(&fault), "the lease was not kept");
                }
            }
            // Whoever asks next may have taken it, whether we know it or not.
            if live.is_lost() || heard.elapsed() > lease {
                live.lose();
                return;
            }
        }
    }

    async fn conclude(
        &self,
        live: &Live,
        kind: &dyn Kind,
        created: Millis,
        outcome: Result<(), Halt>,
    ) {
        let state = match outcome {
            Ok(()) => State::Done,
            Err(Halt::Canceled) => State::Canceled,
            Err(Halt::Failed(error)) => {
                tracing::warn!(job = %live.id(), kind = live.kind, error = %chain(&error), "failed");
                let words = error.message().to_owned();
                live.change(|report| report.error = Some(words));
                State::Failed
            }
            Err(Halt::Lost) => {
                tracing::warn!(job = %live.id(), kind = live.kind, "lost to another process");
                return;
            }
        };
        if self.end(live, kind, state).await {
            let report = live.report();
            let seconds = seconds(self.now().saturating_sub(created));
            tracing::info!(
                job = %live.id(), kind = live.kind, outcome = state.word(), done = report.done,
                failed = report.failed, bytes = report.bytes, seconds, "ended"
            );
            self.figures().ended(live.kind, state, seconds);
            tell_trace(state, &report);
        }
    }

    /// Writes the end down; tried again while the lease lasts, because whoever takes the job over does
    /// all of it once more.
    async fn end(&self, live: &Live, kind: &dyn Kind, state: State) -> bool {
        let deadline = Instant::now() + self.terms().lease;
        let Ok(report) = self.vault().close(Part::Report, live.job(), &live.report()) else {
            return false;
        };
        loop {
            let kept = millis(kind.kept());
            let ending = Ending {
                state,
                report: report.clone(),
                expires: self.now().saturating_add(kept),
                kept,
            };
            match self.store().end(&live.lease, ending).await {
                Ok(good) => return good,
                Err(fault) if Instant::now() < deadline => {
                    tracing::warn!(job = %live.id(), error = %chain(&fault), "its end was not kept");
                    sleep(Duration::from_secs(1)).await;
                }
                Err(_) => return false,
            }
        }
    }
}

/// What the job's span says at its end.
fn tell_trace(state: State, report: &Report) {
    let span = Span::current();
    span.record("portico.job.outcome", state.word());
    // Traces know signed numbers alone.
    let signed = |count| i64::try_from(count).unwrap_or(i64::MAX);
    span.record("portico.job.done", signed(report.done));
    span.record("portico.job.failed", signed(report.failed));
    if state == State::Failed {
        span.record("otel.status_code", "ERROR");
    }
}

#[expect(clippy::cast_precision_loss, reason = "for a histogram and a log")]
fn seconds(time: Millis) -> f64 {
    time as f64 / 1000.0
}

/// Takes the job out of those that run here, however its run ends.
struct Here<'a>(&'a Engine, JobId);

impl Drop for Here<'_> {
    fn drop(&mut self) {
        let mut all = self.0.0.live.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&self.1);
    }
}
