//! The settings of the cache.

use std::time::Duration as StdDuration;

use portico_sdk::cache::Lifetime;
use portico_sdk::settings::{Duration, Fault, Size};
use serde::{Deserialize, Serialize};

use crate::plugin::NAME;
use crate::sharing::SharedRoute;

/// `[cache]`. A lifetime of nothing switches its kind of answer off.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whether anything is kept.
    pub enabled: bool,
    /// How long answers of the Management API are good.
    pub default_ttl: Duration,
    /// As above, for statistics and chargeback.
    pub stats_ttl: Duration,
    /// As above, for what hardly ever changes.
    pub config_ttl: Duration,
    /// For lists of buckets and first pages of listings.
    pub s3_list_ttl: Duration,
    /// For what is known of one bucket or object.
    pub s3_meta_ttl: Duration,
    /// How long a bucket's listings are neither given nor kept after a delete.
    pub s3_list_quiet: Duration,
    /// For metadata queries for objects.
    pub query_object_ttl: Duration,
    /// For metadata queries for operations.
    pub query_operation_ttl: Duration,
    /// For the answer that there is no such bucket or object.
    pub absent_ttl: Duration,
    /// How long after its time an answer is still given while a new one is fetched; never for S3.
    pub stale_while_revalidate: Duration,
    /// How long after its time an answer is given when the store fails; never for S3.
    pub stale_if_error: Duration,
    /// Routes whose answers everybody of a tenant is given whom the store lets in at all: what one
    /// was told, all others are. Dangerous wherever an answer depends on who asks.
    pub shared_read: Vec<SharedRoute>,
    /// For how long a good answer of the store to a reader's own credential lets that reader share
    /// what others were told.
    pub shared_read_trust: Duration,
    /// Bytes of memory for everything that is kept.
    pub memory: Size,
    /// Bytes of the largest body that is kept.
    pub max_entry: Size,
    /// What names in Redis begin with.
    pub key_prefix: String,
    /// How replicas that share a Redis hear of each other's changes.
    pub coherence: Coherence,
    /// How long Redis may take before the store is asked without it.
    pub redis_timeout: Duration,
}

/// How replicas hear of each other's changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Coherence {
    /// Redis is asked before each kept answer: none is older than a change that was answered.
    Strict,
    /// They are told, and ask only for what they do not have: an answer may be older than a change by
    /// the time that takes, and by three seconds when the connection to Redis breaks.
    Bounded,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: true,
            default_ttl: Duration::from_secs(300),
            stats_ttl: Duration::from_secs(60),
            config_ttl: Duration::from_secs(600),
            s3_list_ttl: Duration::from_secs(120),
            s3_meta_ttl: Duration::from_secs(300),
            s3_list_quiet: Duration::from_secs(15),
            query_object_ttl: Duration::from_secs(60),
            query_operation_ttl: Duration::from_secs(120),
            absent_ttl: Duration::from_secs(0),
            stale_while_revalidate: Duration::from_secs(0),
            stale_if_error: Duration::from_secs(0),
            shared_read: Vec::new(),
            shared_read_trust: Duration::from_secs(300),
            memory: Size(64 << 20),
            max_entry: Size(1 << 20),
            key_prefix: "hcp".to_owned(),
            coherence: Coherence::Strict,
            redis_timeout: Duration(StdDuration::from_millis(50)),
        }
    }
}

/// For how long, in milliseconds, answers of one kind are good for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Term {
    /// As they are.
    pub(crate) fresh: u64,
    /// The same, where they say that there is nothing.
    pub(crate) absent: u64,
    /// After that, while a new one is fetched.
    pub(crate) revalidating: u64,
    /// After that, when there is no new one.
    pub(crate) failing: u64,
}

impl Term {
    /// How long an answer can be good for anything.
    pub(crate) fn longest(&self, absent: bool) -> u64 {
        if absent {
            return self.absent;
        }
        self.fresh + self.revalidating.max(self.failing)
    }
}

impl Settings {
    pub(crate) fn check(&self) -> Result<(), Fault> {
        // Weights are counted in 32 bits.
        if self.max_entry > self.memory || self.max_entry.0 > u64::from(u32::MAX / 2) {
            let message = "must be at most `memory`, and at most \"2047MiB\"";
            return Err(Fault::key(NAME, "max_entry", message));
        }
        if self.redis_timeout.0.is_zero() {
            let message = "must be longer than nothing, such as \"50ms\"";
            return Err(Fault::key(NAME, "redis_timeout", message));
        }
        if self.shared_read_trust.0.is_zero() {
            let message = "must be longer than nothing, such as \"5m\"";
            return Err(Fault::key(NAME, "shared_read_trust", message));
        }
        let odd = |byte: u8| !(byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte));
        if self.key_prefix.is_empty() || self.key_prefix.bytes().any(odd) {
            let message = "expected letters, digits, and any of _-.: between them";
            return Err(Fault::key(NAME, "key_prefix", message));
        }
        Ok(())
    }

    /// Whether changes are told rather than asked for.
    pub(crate) fn is_bounded(&self) -> bool {
        self.coherence == Coherence::Bounded
    }

    /// The term of a kind of answer; `None` where it is switched off.
    pub(crate) fn term(&self, lifetime: Lifetime) -> Option<Term> {
        let (fresh, s3) = match lifetime {
            Lifetime::Statistics => (self.stats_ttl, false),
            Lifetime::Configuration => (self.config_ttl, false),
            Lifetime::Management => (self.default_ttl, false),
            Lifetime::Listing => (self.s3_list_ttl, true),
            Lifetime::Metadata => (self.s3_meta_ttl, true),
            Lifetime::ObjectQuery => (self.query_object_ttl, false),
            Lifetime::OperationQuery => (self.query_operation_ttl, false),
        };
        let stale = |setting: Duration| if s3 { 0 } else { millis(setting.0) };
        let fresh = millis(fresh.0);
        (fresh > 0).then(|| Term {
            fresh,
            absent: millis(self.absent_ttl.0).min(fresh),
            revalidating: stale(self.stale_while_revalidate),
            failing: stale(self.stale_if_error),
        })
    }

    /// The longest that any answer can be good for anything.
    pub(crate) fn longest(&self) -> StdDuration {
        let fresh = [
            self.default_ttl,
            self.stats_ttl,
            self.config_ttl,
            self.s3_list_ttl,
            self.s3_meta_ttl,
            self.query_object_ttl,
            self.query_operation_ttl,
        ];
        let stale = self.stale_while_revalidate.max(self.stale_if_error).0;
        fresh.map(|ttl| ttl.0).into_iter().max().unwrap_or_default() + stale
    }
}

/// Whole milliseconds.
pub(crate) fn millis(duration: StdDuration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_of_nothing_switches_its_kind_off() {
        let settings = Settings {
            stats_ttl: Duration::from_secs(0),
            ..Settings::default()
        };
        assert_eq!(settings.term(Lifetime::Statistics), None);
        assert_eq!(settings.term(Lifetime::Management).unwrap().fresh, 300_000);
    }

    #[test]
    fn nothing_of_s3_is_given_after_its_time() {
        let settings = Settings {
            stale_while_revalidate: Duration::from_secs(5),
            stale_if_error: Duration::from_secs(7),
            ..Settings::default()
        };
        for lifetime in [Lifetime::Listing, Lifetime::Metadata] {
            let term = settings.term(lifetime).unwrap();
            assert_eq!((term.revalidating, term.failing), (0, 0));
        }
        let term = settings.term(Lifetime::Management).unwrap();
        assert_eq!((term.revalidating, term.failing), (5000, 7000));
    }
}
