//! The clock as a service, so that expiry and skew can be tested without waiting.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Tells the time of day; wall clock, not monotonic.
pub trait Clock: Debug + Send + Sync {
    /// Now, as the system (or a test) has it.
    fn now(&self) -> SystemTime;

    /// Whole seconds since 1970-01-01T00:00:00Z; zero for a clock set before that.
    fn unix(&self) -> u64 {
        self.now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or(Duration::ZERO)
            .as_secs()
    }
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// The clock of the machine, ready to be shared.
#[must_use]
pub fn system() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}
