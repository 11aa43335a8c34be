//! Tokens that were read a moment ago: a client shows the same one with every request.

use std::time::{Duration, SystemTime};

use ahash::RandomState;
use moka::sync::Cache;
use portico_sdk::tokens::{Companion, Login};

/// Tokens of a kind that are remembered at most.
const MOST: u64 = 10_000;

/// How long one is remembered without being shown.
const IDLE: Duration = Duration::from_mins(10);

/// What tokens of a kind say, by their whole text: checking one takes longer than verifying the
/// signature beside it, or than answering out of memory.
///
/// It holds nothing that the token does not, opened; and a token that is not good is never in it.
pub(crate) struct Recent<T>(Cache<Box<str>, T, RandomState>);

/// What holds until a time.
pub(crate) trait Ends {
    fn end(&self) -> SystemTime;
}

impl<T: Ends + Clone + Send + Sync + 'static> Recent<T> {
    pub(crate) fn new() -> Self {
        let cache = Cache::builder().max_capacity(MOST).time_to_idle(IDLE);
        Self(cache.build_with_hasher(RandomState::new()))
    }

    /// What the token says: if it was good before and has not ended since, as it was remembered.
    ///
    /// # Errors
    /// Those of `read`, which opens it; what fails is not remembered.
    pub(crate) fn or_read<E>(
        &self,
        token: &str,
        now: SystemTime,
        read: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        if let Some(known) = self.0.get(token).filter(|known| now < known.end()) {
            return Ok(known);
        }
        let said = read()?;
        self.0.insert(token.into(), said.clone());
        Ok(said)
    }
}

impl Ends for Login {
    fn end(&self) -> SystemTime {
        self.expires
    }
}

impl Ends for Companion {
    fn end(&self) -> SystemTime {
        match self {
            Self::Session(session) => session.expires,
            Self::Grant(grant) => grant.expires,
        }
    }
}
