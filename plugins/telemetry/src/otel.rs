//! OpenTelemetry: traces, metrics and logs for a collector, made beside the exchanges and never in
//! their way.
//!
//! What is made goes into bounded queues ([`queue`]); one thread of its own empties them
//! ([`shipping`]). The rest of the house makes plain `tracing` spans and knows nothing of this.

mod attributes;
mod endpoint;
mod exporters;
mod filter;
mod follower;
mod metrics;
mod queue;
mod settings;
mod shipping;
mod subscriber;
mod tracing_observer;
mod transport;

use std::sync::Arc;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use portico_sdk::settings::Fault;
use portico_sdk::{Registry, trace};

use crate::settings::Settings;
use endpoint::Endpoint;
use exporters::{Exporters, resource};
use follower::Follower;
use metrics::{Reader, RequestFigures};
use queue::{Records, Spans, Tallies, queue};
use shipping::{Ending, Freight, Terms};
use tracing_observer::TracingObserver;

pub use settings::{LogsExporter, MetricsExporter, Protocol, TracesExporter};
pub(crate) use subscriber::{Layers, dispatch};

/// What the spans and figures are said to come from.
const SCOPE: &str = "portico";

/// All that was switched on.
pub(crate) struct Otel {
    tracer: Option<SdkTracer>,
    logger: Option<SdkLoggerProvider>,
    meter: Option<SdkMeterProvider>,
    freight: Freight,
    ending: Ending,
    settings: Settings,
}

impl Otel {
    /// Prepares everything that the settings ask for; `None`: nothing.
    ///
    /// # Errors
    /// An endpoint, headers or authorities that cannot be used.
    pub(crate) fn new(settings: &Settings, registry: &Registry) -> Result<Option<Self>, Fault> {
        let endpoint = Endpoint::of(settings)?;
        let wanted = settings.wanted(endpoint.is_some());
        if !(wanted.traces || wanted.metrics || wanted.logs) {
            return Ok(None);
        }
        let tallies = Tallies::new(&registry.services.metrics).map_err(settings::fault)?;
        let resource = resource(settings);
        let mut freight = Freight::new(
            Exporters::new(endpoint, resource.clone(), settings),
            Terms::of(settings),
            tallies.clone(),
        );
        freight.console = settings.traces_exporter == TracesExporter::Console;
        let tracer = wanted.traces.then(|| {
            let (sender, receiver) = queue(settings.queue, &tallies.traces);
            freight.spans = Some(receiver);
            SdkTracerProvider::builder()
                .with_span_processor(Spans(sender))
                // Who is followed was decided before there was a span.
                .with_sampler(Sampler::AlwaysOn)
                .with_resource(resource.clone())
                .build()
        });
        let logger = wanted.logs.then(|| {
            let (sender, receiver) = queue(settings.queue, &tallies.logs);
            freight.records = Some(receiver);
            let builder = SdkLoggerProvider::builder().with_log_processor(Records(sender));
            builder.with_resource(resource.clone()).build()
        });
        let meter = wanted.metrics.then(|| {
            let reader = Reader::default();
            freight.reader = Some(reader.clone());
            let builder = SdkMeterProvider::builder().with_reader(reader);
            builder.with_resource(resource.clone()).build()
        });
        Ok(Some(Self {
            tracer: tracer.map(|provider| provider.tracer(SCOPE)),
            logger,
            meter,
            freight,
            ending: Ending::default(),
            settings: settings.clone(),
        }))
    }

    /// What the log's subscriber has to be made of.
    pub(crate) fn layers(&self) -> Layers {
        Layers {
            tracer: self.tracer.clone(),
            logger: self.logger.clone(),
        }
    }

    /// Takes part in the exchanges, and starts the thread with the server.
    pub(crate) fn register(self, registry: &mut Registry) {
        if let Some(meter) = &self.meter {
            metrics::watch_cache(meter, &registry.services.metrics);
            registry.observe(RequestFigures::new(meter));
        }
        if self.tracer.is_some() {
            registry.observe(TracingObserver);
        }
        let follower = Follower::new(&self.settings, self.tracer.is_some(), self.ending.clone());
        trace::follow(Box::new(follower));
        let (freight, ending) = (self.freight, self.ending);
        // The provider of figures lives as long as they are asked for.
        let meter = self.meter.map(Arc::new);
        registry.background("telemetry", move || async move {
            shipping::start(freight, ending, meter);
        });
    }
}
