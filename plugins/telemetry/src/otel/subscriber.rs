//! The log of a process that exports: what is written also goes to the collector, and spans become
//! traces. A process that exports nothing does without any of it.

use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::trace::SdkTracer;
use tracing::Dispatch;
use tracing_subscriber::layer::{Filter, Layer, SubscriberExt as _};
use tracing_subscriber::registry::Registry;

use super::filter::Followed;

/// What is exported.
#[derive(Default)]
pub(crate) struct Layers {
    pub(super) tracer: Option<SdkTracer>,
    pub(super) logger: Option<SdkLoggerProvider>,
}

/// The log: `paper` is what writes lines, and the filter is for them alone.
pub(crate) fn dispatch<P, F>(paper: P, filter: F, layers: Layers) -> Dispatch
where
    P: Layer<Registry> + Send + Sync,
    F: Filter<Registry> + Send + Sync + 'static,
{
    let bridge = layers.logger.as_ref().map(OpenTelemetryTracingBridge::new);
    let traces = layers.tracer.map(|tracer| {
        tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_filter(Followed)
    });
    let log = paper.and_then(bridge).with_filter(filter);
    Dispatch::new(tracing_subscriber::registry().with(log).with(traces))
}
