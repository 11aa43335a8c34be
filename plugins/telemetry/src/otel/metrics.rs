//! The five figures under OpenTelemetry's names. Those of the exchanges are observed; those of the
//! cache are read where they are counted, when they are sent.

use std::sync::{Arc, Weak};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Counter, Histogram, Meter, MeterProvider as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{
    InstrumentKind, ManualReader, Pipeline, SdkMeterProvider, Temporality,
};
use portico_sdk::{Error, Exchange, Observe};
use prometheus::Registry;
use prometheus::proto::{Metric, MetricFamily};

use super::SCOPE;
use crate::metrics::{method, route};

/// Milliseconds; the bounds of `portico_response_head_seconds`.
const MILLISECONDS: [f64; 16] = [
    1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1e3, 2.5e3, 5e3, 1e4, 3e4, 6e4, 3e5,
];

/// Reads the figures when it is asked to; clones are one.
#[derive(Debug, Clone, Default)]
pub(super) struct Reader(Arc<ManualReader>);

impl MetricReader for Reader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, figures: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(figures)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.temporality(kind)
    }
}

/// `http.server.request.duration` in milliseconds up to the head of the response, and
/// `http.server.request.count`.
pub(super) struct RequestFigures {
    duration: Histogram<f64>,
    count: Counter<u64>,
}

impl RequestFigures {
    pub(super) fn new(provider: &SdkMeterProvider) -> Self {
        let meter = provider.meter(SCOPE);
        Self {
            duration: meter
                .f64_histogram("http.server.request.duration")
                .with_description("From the head of the request to the head of the response.")
                .with_unit("ms")
                .with_boundaries(MILLISECONDS.to_vec())
                .build(),
            count: meter
                .u64_counter("http.server.request.count")
                .with_description("Exchanges that have ended.")
                .build(),
        }
    }
}

impl Observe for RequestFigures {
    fn observe(&self, exchange: &Exchange, _: Option<&Error>) {
        let outcome = &exchange.outcome;
        let status = outcome.status.map_or(0, |status| status.as_u16());
        let about = [
            KeyValue::new("http.method", method(exchange)),
            KeyValue::new("http.status_code", i64::from(status)),
            KeyValue::new("http.route", route(exchange).to_owned()),
        ];
        self.count.add(1, &about);
        if let Some(to_head) = outcome.to_head {
            self.duration.record(to_head.as_secs_f64() * 1000.0, &about);
        }
    }
}

/// `cache.hits`, `cache.misses`, `cache.errors`.
pub(super) fn watch_cache(provider: &SdkMeterProvider, registry: &Registry) {
    let meter = provider.meter(SCOPE);
    let answered = "portico_cache_requests_total";
    let hit = |result: &str| matches!(result, "hit" | "stale" | "shared");
    let miss = |result: &str| result == "miss";
    counted(&meter, "cache.hits", registry, answered, hit);
    counted(&meter, "cache.misses", registry, answered, miss);
    let any = |_: &str| true;
    counted(
        &meter,
        "cache.errors",
        registry,
        "portico_cache_errors_total",
        any,
    );
}

/// A counter that tells what another one has counted.
fn counted(
    meter: &Meter,
    name: &'static str,
    registry: &Registry,
    source: &'static str,
    wanted: fn(&str) -> bool,
) {
    let registry = registry.clone();
    let read = move |told: &dyn AsyncInstrument<u64>| {
        for (kind, count) in sums(&registry, source, wanted) {
            match kind {
                Some(kind) => told.observe(count, &[KeyValue::new("cache.key_prefix", kind)]),
                None => told.observe(count, &[]),
            }
        }
    };
    meter
        .u64_observable_counter(name)
        .with_callback(read)
        .build();
}

/// The sums of a counter by the kind of what is kept; the order is that of the table.
fn sums(
    registry: &Registry,
    source: &str,
    wanted: fn(&str) -> bool,
) -> Vec<(Option<&'static str>, u64)> {
    let mut sums: Vec<(Option<&'static str>, f64)> = Vec::new();
    let families = registry.gather();
    let metrics = families.iter().filter(|family| family.name() == source);
    for metric in metrics.flat_map(MetricFamily::get_metric) {
        if !label(metric, "result").is_none_or(wanted) {
            continue;
        }
        let kind = label(metric, "operation").map(kind);
        let count = metric.get_counter().get_value();
        match sums.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, sum)) => *sum += count,
            None => sums.push((kind, count)),
        }
    }
    let whole = |(kind, sum): (_, f64)| (kind, whole(sum));
    sums.into_iter().map(whole).collect()
}

fn label<'a>(metric: &'a Metric, name: &str) -> Option<&'a str> {
    let found = metric.get_label().iter().find(|label| label.name() == name);
    found.map(prometheus::proto::LabelPair::value)
}

/// The first word of the keys that the Python backend's figures had.
fn kind(operation: &str) -> &'static str {
    match operation {
        "mapi" => "mapi",
        "query" => "query",
        _ => "s3",
    }
}

/// Counters are whole numbers in a float.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count is neither below zero nor beyond what a float holds whole"
)]
fn whole(count: f64) -> u64 {
    count as u64
}

#[cfg(test)]
mod tests {
    use prometheus::{IntCounterVec, Opts};

    use super::*;

    #[test]
    fn what_the_cache_has_counted_is_summed_by_kind() {
        let registry = Registry::new();
        let options = Opts::new("portico_cache_requests_total", "Reads.");
        let counted = IntCounterVec::new(options, &["tier", "operation", "result"]).unwrap();
        registry.register(Box::new(counted.clone())).unwrap();
        for (tier, operation, result, count) in [
            ("memory", "HeadObject", "hit", 3),
            ("redis", "ListBuckets", "hit", 4),
            ("memory", "mapi", "stale", 1),
            ("none", "mapi", "miss", 9),
        ] {
            let labels = [tier, operation, result];
            counted.with_label_values(&labels).inc_by(count);
        }
        let of = |wanted| {
            let mut sums = sums(&registry, "portico_cache_requests_total", wanted);
            sums.sort_unstable();
            sums
        };
        assert_eq!(of(|r| r != "miss"), [(Some("mapi"), 1), (Some("s3"), 7)]);
        assert_eq!(of(|r| r == "miss"), [(Some("mapi"), 9)]);
        assert_eq!(sums(&registry, "no_such_total", |_| true), []);
    }
}
