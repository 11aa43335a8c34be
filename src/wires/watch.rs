//! The deadline of an exchange on a connection that serves many.

use std::time::{Duration, Instant};

use super::{Cork, Timer};

/// The deadline of an exchange. Dropping it lifts the deadline.
#[derive(Debug)]
pub struct Watch {
    /// `None` once the connection may be another's.
    timer: Option<Timer>,
    idle: Duration,
}

impl Watch {
    pub(super) fn new(timer: Option<Timer>, idle: Duration) -> Self {
        Self { timer, idle }
    }

    /// Sets the deadline, instead of the one before.
    pub fn until(&self, deadline: Instant) {
        if let Some(timer) = &self.timer {
            timer.until(deadline);
        }
    }

    /// Holds back what is written to the connection, if that can be.
    #[must_use]
    pub fn cork(&self) -> Option<Cork> {
        self.timer.as_ref().and_then(Timer::cork)
    }

    /// Lifts the deadline: from now on the connection is idle, and may belong to another exchange.
    ///
    /// What was late by then stays late.
    pub fn lift(&mut self) {
        if let Some(timer) = self.timer.take_if(|timer| !timer.is_over()) {
            timer.until(Instant::now() + self.idle);
        }
    }

    /// Whether the deadline has passed. What has been read since is not to be believed: the end
    /// of the connection is none that the store has made.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.timer.as_ref().is_some_and(Timer::is_over)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.lift();
    }
}
