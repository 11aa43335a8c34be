//! The settings of OpenTelemetry, a part of the table `[telemetry]`.

use portico_sdk::error::chain;
use portico_sdk::settings::Fault;
use serde::{Deserialize, Serialize};

use crate::settings::{NAME, Settings, above_zero};

/// How telemetry is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    /// OTLP over HTTP/1.1, bodies in protobuf.
    #[serde(rename = "http/protobuf")]
    Http,
    /// OTLP over gRPC.
    #[serde(rename = "grpc")]
    Grpc,
}

/// Where traces go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TracesExporter {
    /// To the endpoint, if there is one.
    Otlp,
    /// To standard output, for people.
    Console,
    /// Nowhere.
    None,
}

/// Where metrics go, beside `/metrics`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricsExporter {
    /// To the endpoint, if there is one.
    Otlp,
    /// Nowhere.
    None,
}

/// Where the log goes, beside standard error.
pub type LogsExporter = MetricsExporter;

/// What is to be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) traces: bool,
    pub(super) metrics: bool,
    pub(super) logs: bool,
}

impl Settings {
    /// What is to be exported, with an endpoint or without.
    pub(super) fn wanted(&self, endpoint: bool) -> Wanted {
        Wanted {
            traces: match self.traces_exporter {
                TracesExporter::Otlp => endpoint,
                TracesExporter::Console => true,
                TracesExporter::None => false,
            },
            metrics: endpoint && self.metrics_exporter == MetricsExporter::Otlp,
            logs: endpoint && self.logs_exporter == LogsExporter::Otlp,
        }
    }

    /// Finds the first value that cannot work.
    pub(crate) fn check_otel(&self) -> Result<(), Fault> {
        if !(0.0..=1.0).contains(&self.sampling) {
            let words = "must lie between 0.0 (none) and 1.0 (all)";
            return Err(Fault::key(NAME, "sampling", words));
        }
        if self.queue == 0 {
            let words = "must hold at least one, such as 4096";
            return Err(Fault::key(NAME, "queue", words));
        }
        above_zero("otlp_timeout", self.otlp_timeout)?;
        above_zero("export_interval", self.export_interval)?;
        above_zero("metrics_interval", self.metrics_interval)
    }
}

/// `name=value,name=value`, as the environment of OpenTelemetry has it; what has no name is left out.
pub(super) fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    let decoded = |text: &str| {
        let text = percent_encoding::percent_decode_str(text.trim());
        text.decode_utf8_lossy().into_owned()
    };
    let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
    let pairs = pairs.map(move |(name, value)| (decoded(name), decoded(value)));
    pairs.filter(|(name, _)| !name.is_empty())
}

pub(super) fn fault(error: impl std::error::Error + 'static) -> Fault {
    Fault::section(NAME, chain(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read_as_the_environment_of_opentelemetry_has_them() {
        let read: Vec<_> = pairs("api-key=a%20b, x=1=2,=nameless,alone").collect();
        let expected = [("api-key", "a b"), ("x", "1=2")];
        assert_eq!(read, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn nothing_is_exported_unless_it_is_asked_for() {
        let mut settings = Settings::default();
        let none = Wanted {
            traces: false,
            metrics: false,
            logs: false,
        };
        assert_eq!(settings.wanted(false), none);
        settings.traces_exporter = TracesExporter::Console;
        assert_eq!(
            settings.wanted(false),
            Wanted {
                traces: true,
                ..none
            }
        );
        settings.traces_exporter = TracesExporter::None;
        let rest = Wanted {
            metrics: true,
            logs: true,
            ..none
        };
        assert_eq!(settings.wanted(true), rest);
    }

    #[test]
    fn a_share_beyond_all_is_refused() {
        for sampling in [-0.1, 1.1, f64::NAN] {
            let settings = Settings {
                sampling,
                ..Settings::default()
            };
            assert!(settings.check_otel().is_err(), "{sampling}");
        }
        assert!(Settings::default().check_otel().is_ok());
    }
}
