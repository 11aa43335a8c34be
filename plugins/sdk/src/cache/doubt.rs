//! Writes whose answer somebody waits for, from their request to what is known of them.

use std::fmt;
use std::sync::Arc;

use http::StatusCode;

use super::ResponseCache;
use super::change::{Change, Outcome};
use super::identity::Identity;

/// A write whose outcome is not known yet. Dropped before it is, it counts as carried out.
pub struct Doubt {
    cache: Arc<dyn ResponseCache>,
    change: Option<Change>,
    identity: Identity,
}

impl Doubt {
    /// A write of somebody, which is about to be sent.
    #[must_use]
    pub fn new(cache: Arc<dyn ResponseCache>, change: Change, identity: Identity) -> Self {
        Self {
            cache,
            change: Some(change),
            identity,
        }
    }

    /// Whether only the end of the answer tells that the write was carried out.
    #[must_use]
    pub fn lasts(&self) -> bool {
        self.change
            .as_ref()
            .is_some_and(|change| change.answers_early)
    }

    /// Drops what the write has made old, before anybody hears of its success.
    ///
    /// `status` is the store's; `None`: it did not answer.
    pub async fn settle(mut self, status: Option<StatusCode>) {
        let outcome = Outcome::of(status);
        if outcome == Outcome::Unknown {
            // As with a write that answers early, its effect may come later.
            self.change = self.change.take().map(Change::answering_early);
        }
        match &self.change {
            Some(change) if outcome != Outcome::Refused => self.cache.invalidate(change).await,
            _ => {}
        }
        self.change = None;
        if let Some(status) = status {
            self.cache.believe(&self.identity, status).await;
        }
    }
}

impl Drop for Doubt {
    fn drop(&mut self) {
        if let Some(change) = self.change.take() {
            self.cache.invalidate_soon(change.answering_early());
        }
    }
}

impl fmt::Debug for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doubt")
            .field("change", &self.change)
            .finish_non_exhaustive()
    }
}
