//! The figures of the exchanges, each label from a bounded set.

use std::sync::Arc;

use portico_sdk::error::Remedy;
use portico_sdk::exchange::Matched;
use portico_sdk::route::Listener;
use portico_sdk::{Door, Error, Exchange, Observe};
use prometheus::{
    HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry,
    core::Collector,
};

use crate::tenants::Tenants;

/// Seconds: from an answer out of memory to the upload of a large part.
const SECONDS: [f64; 16] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0,
];

/// Counts exchanges when they have ended.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    requests: IntCounterVec,
    duration: HistogramVec,
    head: HistogramVec,
    bytes_in: ByListener,
    bytes_out: ByListener,
    authentications: IntCounterVec,
    errors: IntCounterVec,
    aborted: ByListener,
    tenants: Arc<Tenants>,
}

/// A counter for each listener, found once: the search by label is worth sparing on every request.
#[derive(Debug, Clone)]
struct ByListener {
    s3: IntCounter,
    api: IntCounter,
    admin: IntCounter,
}

impl ByListener {
    fn register(registry: &Registry, name: &str, help: &str) -> prometheus::Result<Self> {
        let counters = counter(registry, name, help, &["listener"])?;
        let of = |listener: Listener| counters.with_label_values(&[listener.label()]);
        Ok(Self {
            s3: of(Listener::S3),
            api: of(Listener::Api),
            admin: of(Listener::Admin),
        })
    }

    fn of(&self, listener: Listener) -> &IntCounter {
        match listener {
            Listener::S3 => &self.s3,
            Listener::Api => &self.api,
            Listener::Admin => &self.admin,
        }
    }
}

impl Metrics {
    /// Makes the figures known to the registry, those of the process among them; so many tenants have
    /// names there.
    pub(crate) fn new(registry: &Registry, tenants: usize) -> prometheus::Result<Self> {
        register_process(registry)?;
        register_build(registry)?;
        Ok(Self {
            requests: counter(
                registry,
                "portico_requests_total",
                "Exchanges that have ended.",
                &["listener", "method", "route", "operation", "status_class"],
            )?,
            duration: histogram(
                registry,
                "portico_request_duration_seconds",
                "From the head of the request to the end of the response.",
            )?,
            head: histogram(
                registry,
                "portico_response_head_seconds",
                "From the head of the request to the head of the response.",
            )?,
            bytes_in: ByListener::register(
                registry,
                "portico_request_bytes_total",
                "Bytes of bodies read from clients.",
            )?,
            bytes_out: ByListener::register(
                registry,
                "portico_response_bytes_total",
                "Bytes of bodies sent to clients.",
            )?,
            authentications: counter(
                registry,
                "portico_authentications_total",
                "Proofs of identity, by kind, accepted or refused.",
                &["way", "outcome"],
            )?,
            errors: counter(
                registry,
                "portico_errors_total",
                "Exchanges that ended with an error of Portico's own.",
                &["reason"],
            )?,
            aborted: ByListener::register(
                registry,
                "portico_aborted_total",
                "Exchanges that ended before the response was whole.",
            )?,
            tenants: Arc::new(Tenants::new(registry, tenants)?),
        })
    }

    fn count(&self, exchange: &Exchange) {
        let listener = exchange.arrival.listener.label();
        let operation = exchange.route.operation();
        let outcome = &exchange.outcome;
        let (method, route) = (method(exchange), route(exchange));
        self.requests
            .with_label_values(&[listener, method, route, operation, status_class(exchange)])
            .inc();
        self.tenants.count(exchange, status_class(exchange));
        let by = exchange.arrival.listener;
        self.bytes_in.of(by).inc_by(outcome.bytes_in);
        self.bytes_out.of(by).inc_by(outcome.bytes_out);
        self.aborted.of(by).inc_by(u64::from(outcome.aborted));
        self.time(exchange, &[listener, operation]);
    }

    fn time(&self, exchange: &Exchange, labels: &[&str; 2]) {
        let total = exchange.arrival.at.elapsed();
        self.duration
            .with_label_values(labels)
            .observe(total.as_secs_f64());
        if let Some(to_head) = exchange.outcome.to_head {
            self.head
                .with_label_values(labels)
                .observe(to_head.as_secs_f64());
        }
    }

    fn count_proof(&self, exchange: &Exchange, error: Option<&Error>) {
        let labels = match (&exchange.principal, error) {
            (Some(principal), _) => [principal.way.label(), "accepted"],
            (None, Some(error)) if error.reason().row().remedy == Remedy::Prove => {
                [attempted(exchange), "refused"]
            }
            (None, _) => return,
        };
        self.authentications.with_label_values(&labels).inc();
    }
}

impl Observe for Metrics {
    fn observe(&self, exchange: &Exchange, error: Option<&Error>) {
        self.count(exchange);
        self.count_proof(exchange, error);
        if let Some(error) = error {
            // The names of an enumeration: a bounded set.
            let reason = format!("{:?}", error.reason());
            self.errors.with_label_values(&[&reason]).inc();
        }
    }
}

/// Anybody may make methods up.
pub(crate) fn method(exchange: &Exchange) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"];
    let method = exchange.head.method().as_str();
    let known = KNOWN.into_iter().find(|known| *known == method);
    known.unwrap_or("other")
}

/// The path of the route as its plugin has written it, for REST; elsewhere the operation says more.
pub(crate) fn route(exchange: &Exchange) -> &str {
    match (&exchange.route.door, exchange.extensions.get::<Matched>()) {
        (Door::Rest { .. }, Some(Matched(path))) => path,
        (Door::Rest { .. }, None) => "unmatched",
        (Door::S3(_), _) => "s3",
        (Door::Native | Door::Management(_), _) => exchange.route.operation(),
    }
}

fn status_class(exchange: &Exchange) -> &'static str {
    match exchange.outcome.status.map(|status| status.as_u16() / 100) {
        Some(1) => "1xx",
        Some(2) => "2xx",
        Some(3) => "3xx",
        Some(4) => "4xx",
        Some(5) => "5xx",
        _ => "none",
    }
}

/// Which proof was refused, as far as the request's outside tells.
fn attempted(exchange: &Exchange) -> &'static str {
    let head = &exchange.head;
    let authorization = head.header("authorization").unwrap_or_default();
    let scheme = authorization.split(' ').next().unwrap_or_default();
    let query = head.raw_query().unwrap_or_default();
    let query = String::from_utf8_lossy(query).to_ascii_lowercase();
    if scheme.eq_ignore_ascii_case("bearer") {
        "bearer"
    } else if head.header("x-amz-security-token").is_some()
        || query.contains("x-amz-security-token=")
    {
        "session_token"
    } else if scheme.starts_with("AWS") || query.contains("signature=") {
        "signature"
    } else {
        "none"
    }
}

pub(crate) fn counter(
    registry: &Registry,
    name: &str,
    help: &str,
    labels: &[&str],
) -> prometheus::Result<IntCounterVec> {
    registered(registry, IntCounterVec::new(Opts::new(name, help), labels)?)
}

fn histogram(registry: &Registry, name: &str, help: &str) -> prometheus::Result<HistogramVec> {
    let options = HistogramOpts::new(name, help).buckets(SECONDS.to_vec());
    registered(
        registry,
        HistogramVec::new(options, &["listener", "operation"])?,
    )
}

fn registered<C: Collector + Clone + 'static>(
    registry: &Registry,
    collector: C,
) -> prometheus::Result<C> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}

/// `portico_build_info`, always 1: its label is what it says.
fn register_build(registry: &Registry) -> prometheus::Result<()> {
    let options = Opts::new("portico_build_info", "The version that runs.");
    let build = registered(registry, IntGaugeVec::new(options, &["version"])?)?;
    build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
    Ok(())
}

/// Memory, processor time, file descriptors; read from `/proc` when Prometheus asks.
#[cfg(target_os = "linux")]
fn register_process(registry: &Registry) -> prometheus::Result<()> {
    use prometheus::process_collector::ProcessCollector;
    registry.register(Box::new(ProcessCollector::for_self()))
}

#[cfg(not(target_os = "linux"))]
fn register_process(_: &Registry) -> prometheus::Result<()> {
    Ok(())
}
