//! What Prometheus is told of the store's addresses.

use std::net::SocketAddr;

use prometheus::{IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry};

use super::Failure;
use super::traffic::Traffic;

/// Labels are addresses: those of the settings and of DNS, and never more than are remembered.
pub(super) struct Figures {
    healthy: IntGaugeVec,
    ejections: IntCounterVec,
    open: IntGaugeVec,
    openings: IntCounterVec,
    refused: IntCounter,
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
        let open = Opts::new(
            "portico_upstream_breaker_open",
            "Whether the breaker of an address of the store is open (1): it is asked now and then only.",
        );
        let openings = Opts::new(
            "portico_upstream_breaker_openings_total",
            "How often the breaker of an address of the store has opened, trials that failed included.",
        );
        let figures = Self {
            healthy: IntGaugeVec::new(healthy, &["address"])?,
            ejections: IntCounterVec::new(ejections, &["address", "cause"])?,
            open: IntGaugeVec::new(open, &["address"])?,
            openings: IntCounterVec::new(openings, &["address"])?,
            refused: IntCounter::new(
                "portico_upstream_refused_total",
                "Requests that were refused at once, because every breaker was open.",
            )?,
            traffic: Traffic::new(registry)?,
        };
        registry.register(Box::new(figures.healthy.clone()))?;
        registry.register(Box::new(figures.ejections.clone()))?;
        registry.register(Box::new(figures.open.clone()))?;
        registry.register(Box::new(figures.openings.clone()))?;
        registry.register(Box::new(figures.refused.clone()))?;
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

    pub(super) fn opened(&self, address: SocketAddr) {
        let address = address.to_string();
        self.open.with_label_values(&[&address]).set(1);
        self.openings.with_label_values(&[&address]).inc();
    }

    pub(super) fn closed(&self, address: SocketAddr) {
        let address = address.to_string();
        self.open.with_label_values(&[&address]).set(0);
    }

    pub(super) fn refused(&self) {
        self.refused.inc();
    }

    /// The address is not remembered any more.
    pub(super) fn forget(&self, address: SocketAddr) {
        let address = address.to_string();
        // Neither may have been told of it.
        let _ = self.healthy.remove_label_values(&[&address]);
        let _ = self.open.remove_label_values(&[&address]);
        let _ = self.openings.remove_label_values(&[&address]);
        for cause in Failure::ALL {
            let _ = self
                .ejections
                .remove_label_values(&[&address, cause.label()]);
        }
    }
}
