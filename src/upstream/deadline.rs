//! How long the store has for each stage of an exchange, beyond the engine's pauses.

use std::time::{Duration, Instant};

use crate::wires::{Cork, Watch};

/// The deadlines of an exchange on one connection.
#[derive(Debug)]
pub struct Deadline {
    watch: Watch,
    response: Duration,
    answered: bool,
    /// The end of the whole exchange, attempts before this one included.
    end: Instant,
}

impl Deadline {
    /// What the watch has to be set to, as far as is known: the whole exchange must be over by `end`.
    pub(super) fn new(watch: Watch, response: Duration, end: Instant) -> Self {
        Self {
            watch,
            response,
            answered: false,
            end,
        }
    }

    /// Holds back what is written to the store, if that can be.
    #[must_use]
    pub fn cork(&self) -> Option<Cork> {
        self.watch.cork()
    }

    /// The store has the whole request: its head of the response is due, unless it came early.
    pub fn request_sent(&mut self) {
        if self.answered {
            return;
        }
        let due = Instant::now() + self.response;
        self.watch.until(due.min(self.end));
    }

    /// The head of the final response is here: what is left counts for the body.
    pub fn head_received(&mut self) {
        self.answered = true;
        self.watch.until(self.end);
    }

    /// The response is whole: the connection may serve others now.
    pub fn lift(&mut self) {
        self.watch.lift();
    }

    /// Whether the time was over and the connection cut. What has been read since is not to be
    /// believed, the end of a body least.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.watch.is_over()
    }
}
