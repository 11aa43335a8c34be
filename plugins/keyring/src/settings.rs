//! The settings of the keyring.

use std::time::Duration as StdDuration;

use portico_sdk::settings::{Duration, Fault};
use serde::{Deserialize, Serialize};

use crate::plugin::NAME;

/// `[keyring]`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How long after HCP last accepted a secret it is good without a token.
    pub lifetime: Duration,
    /// How many access keys are remembered.
    pub capacity: u64,
    /// Whether they are kept over a restart, sealed.
    pub keep: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lifetime: Duration(StdDuration::from_hours(12)),
            capacity: 100_000,
            keep: true,
        }
    }
}

impl Settings {
    pub(crate) fn check(&self) -> Result<(), Fault> {
        if self.lifetime.0 < StdDuration::from_secs(1) {
            return Err(Fault::key(NAME, "lifetime", "must be at least \"1s\""));
        }
        if self.capacity == 0 {
            return Err(Fault::key(NAME, "capacity", "must be at least 1"));
        }
        Ok(())
    }
}
