//! Whose turn it is: a node works on five queries at once and lets the others wait.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::refusal::Refusal;

/// How many queries a node of HCP works on at once.
pub(super) const AT_ONCE: usize = 5;

/// The places of a node, and how long a query waits for one.
pub(super) struct Turns {
    places: Arc<Semaphore>,
    patience: Duration,
}

impl Turns {
    pub(super) fn new(at_once: usize, patience: Duration) -> Self {
        Self {
            places: Arc::new(Semaphore::new(at_once)),
            patience,
        }
    }

    /// Waits for a place; after too long a wait there is none.
    pub(super) async fn take(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let busy = || {
            Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "Too many queries are waiting",
            )
        };
        let place = Arc::clone(&self.places).acquire_owned();
        let place = tokio::time::timeout(self.patience, place).await;
        place.map_err(|_| busy())?.map_err(|_| busy())
    }

    /// Takes what is free of this many places at once.
    pub(super) fn occupy(&self, count: usize) -> Vec<OwnedSemaphorePermit> {
        let free = || Arc::clone(&self.places).try_acquire_owned().ok();
        (0..count).map_while(|_| free()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_query_waits_for_its_turn_but_not_forever() {
        let turns = Turns::new(AT_ONCE, Duration::ZERO);
        let mut running = turns.occupy(7);
        assert_eq!(running.len(), 5);
        let refused = turns.take().await.unwrap_err();
        assert_eq!(refused.status, 503);
        running.pop();
        assert!(turns.take().await.is_ok());
    }
}
