//! Tokens that were read a moment ago: an S3 client shows the same one with every request.

use std::time::{Duration, SystemTime};

use moka::sync::Cache;
use portico_sdk::tokens::Companion;

/// Tokens that are remembered at most.
const MOST: u64 = 10_000;

/// How long one is remembered without being shown.
const IDLE: Duration = Duration::from_mins(10);

/// What companions of signatures say, by their whole text: checking one takes longer than
/// verifying the signature beside it.
///
/// It holds nothing that the token does not, opened; and a token that is not good is never in it.
pub(crate) struct Recent(Cache<Box<str>, Companion>);

impl Recent {
    pub(crate) fn new() -> Self {
        let cache = Cache::builder().max_capacity(MOST).time_to_idle(IDLE);
        Self(cache.build())
    }

    /// What a token says that was good before and has not ended since.
    pub(crate) fn find(&self, token: &str, now: SystemTime) -> Option<Companion> {
        self.0.get(token).filter(|companion| now < end(companion))
    }

    /// Keeps what a good token says.
    pub(crate) fn keep(&self, token: &str, companion: &Companion) {
        self.0.insert(token.into(), companion.clone());
    }
}

fn end(companion: &Companion) -> SystemTime {
    match companion {
        Companion::Session(session) => session.expires,
        Companion::Grant(grant) => grant.expires,
    }
}
