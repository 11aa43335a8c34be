//! The door's metrics: connections that are open, those that were refused, and exchanges under way.

use portico_sdk::route::Listener;
use prometheus::{IntCounterVec, IntGauge, IntGaugeVec, Opts, PullingGauge, Registry};

use super::InFlight;

/// What is told of connections.
#[derive(Clone)]
pub(super) struct DoorMetrics {
    open: IntGaugeVec,
    refused: IntCounterVec,
}

/// One open connection, for as long as this lives.
pub(super) struct Open(IntGauge);

impl DoorMetrics {
    pub(super) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let open = IntGaugeVec::new(
            Opts::new(
                "portico_connections",
                "Connections of clients that are open",
            ),
            &["listener"],
        )?;
        let refused = IntCounterVec::new(
            Opts::new(
                "portico_connections_refused_total",
                "Connections of clients that were closed outside an exchange, by cause",
            ),
            &["listener", "cause"],
        )?;
        registry.register(Box::new(open.clone()))?;
        registry.register(Box::new(refused.clone()))?;
        Ok(Self { open, refused })
    }

    pub(super) fn open(&self, listener: Listener) -> Open {
        let gauge = self.open.with_label_values(&[listener.label()]);
        gauge.inc();
        Open(gauge)
    }

    pub(super) fn refused(&self, listener: Listener, cause: &str) {
        let labels = [listener.label(), cause];
        self.refused.with_label_values(&labels).inc();
    }
}

/// Tells how many exchanges are under way, and how many connections there may be (0: any number).
pub(super) fn watch(
    registry: &Registry,
    in_flight: InFlight,
    limit: usize,
) -> Result<(), prometheus::Error> {
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    let count = move || in_flight.count() as f64;
    let under_way = PullingGauge::new(
        "portico_requests_in_flight",
        "Exchanges that have begun and not ended, the one that asks for this among them.",
        Box::new(count),
    )?;
    let most = IntGauge::new(
        "portico_connections_limit",
        "How many connections of clients can be open at once, on all listeners together.",
    )?;
    most.set(i64::try_from(limit).unwrap_or(i64::MAX));
    registry.register(Box::new(under_way))?;
    registry.register(Box::new(most))
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}
