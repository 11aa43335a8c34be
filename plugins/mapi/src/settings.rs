//! `[mapi]`.

use portico_sdk::settings::Size;
use serde::{Deserialize, Serialize};

/// The settings.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whether management and metadata query are served at all.
    pub enabled: bool,
    /// Whether requests with credentials of HCP's own kinds go on untouched, for HCP to decide.
    pub passthrough: bool,
    /// The largest document of HCP's that is read into memory for the REST routes.
    pub max_answer: Size,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: true,
            passthrough: true,
            max_answer: Size(64 << 20),
        }
    }
}
