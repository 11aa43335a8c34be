//! What Prometheus is told of the store's addresses.

use std::net::SocketAddr;

use prometheus::{IntCounterVec, IntGaugeVec, Opts, Registry};

use super::Failure;
use super::traffic::Traffic;

/// Labels are addresses: those of the settings and of DNS, and never more than are remembered.
pub(super) struct Figures {
    healthy: IntGaugeVec,
    ejections: IntCounterVec,
    pub(super) traffic: Traffic,
}

impl Figures {
    pub(super) fn new(registry: &Registry) -> prometheus::Result<Self> {
        let healthy = Opts::new(
            "portico_upstream_address_healthy",
            "Whether an address of the store is in use (1) or out (0).",
        );
        let ejections = Opts::new(
            "portico_upstream_ejections_total",
            "How often an address of the store was taken out, by the last failure before.",
        );
        let figures = Self {
            healthy: IntGaugeVec::new(healthy, &["address"])?,
            ejections: IntCounterVec::new(ejections, &["address", "cause"])?,
            traffic: Traffic::new(registry)?,
        };
        registry.register(Box::new(figures.healthy.clone()))?;
        registry.register(Box::new(figures.ejections.clone()))?;
        Ok(figures)
    }

    pub(super) fn healthy(&self, address: SocketAddr, healthy: bool) {
        let gauge = self.healthy.with_label_values(&[&address.to_string()]);
        gauge.set(i64::from(healthy));
    }

    pub(super) fn ejected(&self, address: SocketAddr, cause: Failure) {
        self.healthy(address, false);
        let labels = [&address.to_string(), cause.label()];
        self.ejections.with_label_values(&labels).inc();
    }

    /// The address is not remembered any more.
    pub(super) fn forget(&self, address: SocketAddr) {
        let address = address.to_string();
        // Neither may have been told of it.
        let _ = self.healthy.remove_label_values(&[&address]);
        for cause in Failure::ALL {
            let _ = self
                .ejections
                .remove_label_values(&[&address, cause.label()]);
        }
    }
}
