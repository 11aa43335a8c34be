//! What did a write change? Told before its answer leaves, and again where it may go on after that.

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use portico_sdk::cache::{Change, Identity, Outcome, refuses};
use portico_sdk::credential::AuthType;
use portico_sdk::{Door, Error, Exchange, Observe, ResponseFilter};

use crate::cache::Cache;

/// Watches the answers to what is forwarded.
#[derive(Clone)]
pub(crate) struct Settle {
    pub(crate) cache: Cache,
    /// How HCP's management is shown who asks.
    pub(crate) by: AuthType,
}

impl Settle {
    /// Whose answers are no longer theirs.
    fn refused(&self, exchange: &Exchange) -> Option<Change> {
        let principal = exchange.principal.as_ref()?;
        if !is_refusal(exchange) {
            return None;
        }
        let identity = match exchange.route.door {
            Door::Management(_) => Identity::management(&self.cache, principal, self.by),
            _ => Identity::data(&self.cache, principal),
        };
        Some(Change::default().identity(identity))
    }
}

fn is_refusal(exchange: &Exchange) -> bool {
    exchange.outcome.store_status.is_some_and(refuses)
}

fn change(exchange: &Exchange) -> Option<(&Change, Outcome)> {
    let change = exchange.extensions.get::<Change>()?;
    let outcome = Outcome::of(exchange.outcome.store_status);
    (outcome != Outcome::Refused).then_some((change, outcome))
}

#[async_trait]
impl ResponseFilter for Settle {
    fn wants_settling(&self, exchange: &Exchange) -> bool {
        change(exchange).is_some() || exchange.principal.is_some() && is_refusal(exchange)
    }

    async fn settle(&self, exchange: &Exchange) {
        if let Some((change, outcome)) = change(exchange) {
            let unsure = outcome == Outcome::Unknown;
            self.cache.drop_old(change, unsure).await;
        }
        if let Some(change) = self.refused(exchange) {
            self.cache.drop_old(&change, false).await;
        }
    }

    fn wants_head(&self, _exchange: &Exchange, _headers: &HeaderMap) -> bool {
        false
    }

    fn head(&self, _exchange: &Exchange, _headers: &mut HeaderMap) {}

    /// Each piece of an answer that begins early may be the one that says the work is done.
    fn body(&self, exchange: &Exchange, _piece: &Bytes) {
        if let Some((change, _)) = change(exchange).filter(|(change, _)| change.answers_early) {
            self.cache.drop_old_soon(change, true);
        }
    }
}

impl Observe for Settle {
    /// What was not seen to its end by a client that was told may have happened after all that.
    fn observe(&self, exchange: &Exchange, _error: Option<&Error>) {
        let Some((change, outcome)) = change(exchange) else {
            return;
        };
        let sent = exchange.outcome.status.is_some() && !exchange.outcome.aborted;
        if outcome == Outcome::Unknown || change.answers_early || !sent {
            let unsure = outcome == Outcome::Unknown;
            self.cache.drop_old_soon(change, unsure);
        }
    }
}

#[cfg(test)]
mod tests;
