//! `[query]`.

use portico_sdk::settings::Size;
use serde::{Deserialize, Serialize};

/// The settings.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The largest answer of HCP, which is read whole: a count of -1 asks for everything.
    pub max_answer: Size,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_answer: Size(32 * 1024 * 1024),
        }
    }
}
