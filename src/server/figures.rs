//! The door's metrics: connections that are open, and those that were refused.

use portico_sdk::route::Listener;
use prometheus::{IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

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

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}
