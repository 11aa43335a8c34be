//! What the log holds while the process runs: what the settings say, or the operator for a while.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use tracing_log::AsLog as _;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::logging::{self, LoggingError};

/// The log of this process, once it runs.
static LOG: OnceLock<Arc<Steering>> = OnceLock::new();

/// Gives the log a new filter; `false`: the log is gone.
pub(crate) type Apply = Box<dyn Fn(EnvFilter) -> bool + Send + Sync>;

/// The log's filter, and why it is this one.
pub(crate) struct Steering {
    apply: Apply,
    state: Mutex<State>,
}

struct State {
    /// What the settings say.
    configured: String,
    chosen: Option<Chosen>,
    /// Counts choices, so that the end of an old one ends no newer.
    turn: u64,
}

struct Chosen {
    filter: String,
    until: Option<SystemTime>,
}

/// What holds now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// What is written.
    pub(crate) filter: String,
    /// What the settings say.
    pub(crate) configured: String,
    /// When the settings hold again; `None` where they do, or where nobody said when.
    pub(crate) until: Option<SystemTime>,
}

impl Steering {
    pub(crate) fn new(configured: &str, apply: Apply) -> Self {
        let state = State {
            configured: configured.to_owned(),
            chosen: None,
            turn: 0,
        };
        Self {
            apply,
            state: Mutex::new(state),
        }
    }

    /// Lets this one steer the log of the process; the first stays.
    pub(crate) fn take_over(self) {
        let _ = LOG.set(Arc::new(self));
    }

    /// Whoever steers the log of the process; `None`: it is none of ours.
    pub(crate) fn of_process() -> Option<Arc<Self>> {
        LOG.get().cloned()
    }

    pub(crate) fn standing(&self) -> Standing {
        self.state().standing()
    }

    /// What the settings say from now on. A choice of the operator's holds on.
    ///
    /// # Errors
    /// A filter that cannot be read; nothing has changed.
    pub(crate) fn configure(&self, filter: &str) -> Result<(), LoggingError> {
        let mut state = self.state();
        let read = logging::filter(filter)?;
        filter.clone_into(&mut state.configured);
        if state.chosen.is_none() {
            self.use_filter(read);
        }
        Ok(())
    }

    /// Takes the operator's filter, for so long or until it is lifted. Must run inside a runtime.
    ///
    /// # Errors
    /// A filter that cannot be read; nothing has changed.
    pub(crate) fn choose(
        self: &Arc<Self>,
        filter: &str,
        time: Option<Duration>,
    ) -> Result<Standing, LoggingError> {
        let read = logging::filter(filter)?;
        let mut state = self.state();
        state.turn += 1;
        state.chosen = Some(Chosen {
            filter: filter.to_owned(),
            until: time.and_then(|time| SystemTime::now().checked_add(time)),
        });
        self.use_filter(read);
        let (standing, turn) = (state.standing(), state.turn);
        drop(state);
        tracing::warn!(
            filter,
            seconds = time.map(|time| time.as_secs()),
            "the operator has changed what the log holds"
        );
        if let Some(time) = time {
            let this = Arc::clone(self);
            tokio::spawn(async move {
                tokio::time::sleep(time).await;
                this.lift(Some(turn));
            });
        }
        Ok(standing)
    }

    /// Back to the settings, unless another than this choice holds by now.
    pub(crate) fn lift(&self, turn: Option<u64>) -> Standing {
        let mut state = self.state();
        let meant = turn.is_none_or(|turn| turn == state.turn);
        if !meant || state.chosen.take().is_none() {
            return state.standing();
        }
        // It could be read before.
        if let Ok(filter) = logging::filter(&state.configured) {
            self.use_filter(filter);
        }
        let standing = state.standing();
        drop(state);
        tracing::warn!(
            filter = standing.filter,
            "the log holds again what the settings say"
        );
        standing
    }

    fn use_filter(&self, filter: EnvFilter) {
        let most = filter.max_level_hint().unwrap_or(LevelFilter::TRACE);
        if (self.apply)(filter) {
            // Records of the `log` facade pass a bound of their own before.
            log::set_max_level(most.as_log());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn standing(&self) -> Standing {
        let chosen = self.chosen.as_ref();
        let filter = chosen.map_or(&self.configured, |chosen| &chosen.filter);
        Standing {
            filter: filter.clone(),
            configured: self.configured.clone(),
            until: chosen.and_then(|chosen| chosen.until),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Applied = Arc<Mutex<Vec<String>>>;

    /// A log whose filters are written down instead.
    fn log() -> (Arc<Steering>, Applied) {
        let applied = Applied::default();
        let seen = Arc::clone(&applied);
        let apply = Box::new(move |filter: EnvFilter| {
            seen.lock().unwrap().push(filter.to_string());
            false
        });
        (Arc::new(Steering::new("info", apply)), applied)
    }

    fn last(applied: &Applied) -> String {
        applied.lock().unwrap().last().cloned().unwrap_or_default()
    }

    #[tokio::test(start_paused = true)]
    async fn a_choice_ends_with_its_time_and_ends_no_other() {
        let (log, applied) = log();
        log.choose("info,portico_s3=debug", Some(Duration::from_mins(1)))
            .unwrap();
        assert!(last(&applied).contains("portico_s3=debug"));
        tokio::time::sleep(Duration::from_secs(30)).await;
        log.choose("warn", Some(Duration::from_mins(1))).unwrap();
        tokio::time::sleep(Duration::from_secs(45)).await;
        assert_eq!(log.standing().filter, "warn");
        tokio::time::sleep(Duration::from_secs(20)).await;
        let standing = log.standing();
        assert_eq!((standing.filter.as_str(), standing.until), ("info", None));
        assert!(last(&applied).contains("info"));
    }

    #[tokio::test]
    async fn what_the_settings_say_waits_for_the_end_of_a_choice() {
        let (log, applied) = log();
        log.choose("debug", None).unwrap();
        log.configure("error").unwrap();
        assert_eq!(log.standing().filter, "debug");
        assert!(last(&applied).contains("debug"));
        assert_eq!(log.lift(None).filter, "error");
        assert!(last(&applied).contains("error"));
        log.configure("warn").unwrap();
        assert!(last(&applied).contains("warn"));
    }

    #[tokio::test]
    async fn what_cannot_be_read_changes_nothing() {
        let (log, applied) = log();
        for filter in ["inof", "info,portico_s3=loud", ""] {
            assert!(log.choose(filter, None).is_err(), "{filter}");
            assert!(log.configure(filter).is_err(), "{filter}");
        }
        assert!(applied.lock().unwrap().is_empty());
        assert_eq!(log.standing().filter, "info");
    }
}
