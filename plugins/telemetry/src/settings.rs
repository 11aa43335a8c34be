//! The table `[telemetry]`, and what makes its values usable.

use portico_sdk::settings::{Duration, Fault, Secret};
use serde::{Deserialize, Serialize};

use crate::logging;
use crate::otel::{LogsExporter, MetricsExporter, Protocol, TracesExporter};

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
    /// The collector, such as `http://127.0.0.1:4318`; empty: none.
    pub otlp_endpoint: String,
    /// How it is spoken to.
    pub otlp_protocol: Protocol,
    /// Headers for it, as `name=value,name=value`.
    pub otlp_headers: Secret,
    /// Who has certified it; empty: the system's authorities decide.
    pub otlp_ca_file: String,
    /// How long it may take to answer.
    pub otlp_timeout: Duration,
    /// How Portico is called there.
    pub service_name: String,
    /// What else is said of it there, as `name=value,name=value`.
    pub resource_attributes: String,
    /// Where traces go.
    pub traces_exporter: TracesExporter,
    /// Where metrics go, beside `/metrics`.
    pub metrics_exporter: MetricsExporter,
    /// Where the log goes, beside standard error.
    pub logs_exporter: LogsExporter,
    /// How many of the requests are followed that come without a trace, from 0.0 to 1.0.
    pub sampling: f64,
    /// Whether a client's own trace decides whether its request is followed.
    pub follow_clients: bool,
    /// Whether requests to the store bear the trace.
    pub propagate: bool,
    /// How long spans and lines wait for others to be sent with.
    pub export_interval: Duration,
    /// How often metrics are sent.
    pub metrics_interval: Duration,
    /// How many spans, and how many lines, may wait; more are dropped.
    pub queue: usize,
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
            otlp_endpoint: String::new(),
            otlp_protocol: Protocol::Http,
            otlp_headers: Secret::default(),
            otlp_ca_file: String::new(),
            otlp_timeout: Duration::from_secs(10),
            service_name: "portico".to_owned(),
            resource_attributes: String::new(),
            traces_exporter: TracesExporter::Otlp,
            metrics_exporter: MetricsExporter::Otlp,
            logs_exporter: LogsExporter::Otlp,
            sampling: 1.0,
            follow_clients: true,
            propagate: true,
            export_interval: Duration::from_secs(5),
            metrics_interval: Duration::from_secs(60),
            queue: 4096,
        }
    }
}

impl Settings {
    /// Finds the first value that cannot work.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        logging::filter(&self.log_level)
            .map_err(|error| Fault::key(NAME, "log_level", error.to_string()))?;
        above_zero("probe_interval", self.probe_interval)?;
        above_zero("probe_timeout", self.probe_timeout)?;
        self.check_otel()
    }
}

/// A length of time that is none would never come to an end, or never begin.
pub(crate) fn above_zero(key: &'static str, duration: Duration) -> Result<(), Fault> {
    if duration.0.is_zero() {
        return Err(Fault::key(
            NAME,
            key,
            "must be longer than nothing, such as \"5s\"",
        ));
    }
    Ok(())
}
