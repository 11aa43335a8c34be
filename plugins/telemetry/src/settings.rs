//! The table `[telemetry]`, and what makes its values usable.

use portico_sdk::settings::{Duration, Fault};
use serde::{Deserialize, Serialize};

use crate::logging;

/// The name of the table.
pub(crate) const NAME: &str = "telemetry";

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people when standard error is a terminal, JSON otherwise.
    Auto,
    /// One JSON object a line.
    Json,
    /// For people.
    Human,
}

/// The settings of the plugin.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Whether each exchange leaves a line in the log.
    pub access_log: bool,
    /// How lines are written.
    pub log_format: LogFormat,
    /// What is written: a level, or directives such as `"info,portico_s3=debug"`.
    pub log_level: String,
    /// How many tenants have a name of their own in metrics.
    pub tenants: usize,
    /// How often the store is asked whether it can be reached.
    pub probe_interval: Duration,
    /// How long it may take to answer.
    pub probe_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            access_log: true,
            log_format: LogFormat::Auto,
            log_level: "info".to_owned(),
            tenants: 100,
            probe_interval: Duration::from_secs(5),
            probe_timeout: Duration::from_secs(5),
        }
    }
}

impl Settings {
    /// Finds the first value that cannot work.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        logging::filter(&self.log_level)
            .map_err(|error| Fault::key(NAME, "log_level", error.to_string()))?;
        above_zero("probe_interval", self.probe_interval)?;
        above_zero("probe_timeout", self.probe_timeout)
    }
}

fn above_zero(key: &'static str, duration: Duration) -> Result<(), Fault> {
    if duration.0.is_zero() {
        return Err(Fault::key(
            NAME,
            key,
            "must be longer than nothing, such as \"5s\"",
        ));
    }
    Ok(())
}
