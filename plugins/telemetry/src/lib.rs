//! What an operator sees of Portico: metrics, traces, the access log, health, and whether the store
//! can be reached.
//!
//! * `GET /liveness`, `/readiness`, `/health`: open to all; a probe never waits for the network,
//!   because the store is asked in the background.
//! * `GET /metrics` in Prometheus' text format, on the `admin` listener alone.
//! * `GET`, `PUT` and `DELETE /api/v1/log`, for the operator on the `admin` listener: what the log holds.
//! * One line for each exchange under the target `access`, without secrets.
//! * Traces, metrics and the log for an OpenTelemetry collector, where the settings name one.
//!
//! [`logging::init`] starts the log itself; `main` calls it before any plugin is installed.

mod access;
mod describe;
mod health;
mod line;
pub mod logging;
mod metrics;
mod otel;
mod plugin;
mod probe;
mod redact;
mod settings;
mod steered;
mod steering;
mod tenants;
mod watched;

pub use otel::{LogsExporter, MetricsExporter, Protocol, TracesExporter};
pub use plugin::Telemetry;
pub use settings::{LogFormat, Settings};
