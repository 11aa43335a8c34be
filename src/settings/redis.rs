//! `[redis]`: what replicas of Portico share.

use std::time::Duration as StdDuration;

use portico_sdk::settings::{Duration, Fault, Secret};
use portico_sdk::shared::SharedRedis;
use serde::{Deserialize, Serialize};

use super::route::zero_timeouts;

/// The Redis of the house.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct RedisSettings {
    /// `redis://`, `rediss://` or `redis+unix://`; empty: none, and every process keeps to itself.
    pub url: Secret,
    /// How long a round trip may take before the answer is done without.
    pub timeout: Duration,
}

impl Default for RedisSettings {
    fn default() -> Self {
        Self {
            url: Secret::default(),
            timeout: Duration(StdDuration::from_millis(100)),
        }
    }
}

impl RedisSettings {
    /// The Redis, if there is one.
    #[must_use]
    pub fn shared(&self) -> Option<SharedRedis> {
        (!self.url.is_empty()).then(|| SharedRedis {
            url: self.url.to_secret_string(),
            timeout: self.timeout.0,
        })
    }

    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut faults = zero_timeouts("redis", &[("timeout", self.timeout)]);
        let schemes = ["redis://", "rediss://", "redis+unix://"];
        let known = |url: &str| schemes.iter().any(|scheme| url.starts_with(scheme));
        if !self.url.is_empty() && !known(self.url.expose()) {
            let message = "expected a URL such as \"redis://127.0.0.1:6379/0\" or \"rediss://…\"";
            faults.push(Fault::key("redis", "url", message));
        }
        faults
    }
}
