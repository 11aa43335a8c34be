//! Figures that are read when Prometheus asks: what readiness depends on, and the runtime.

use portico_sdk::readiness::Readiness;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{IntGauge, IntGaugeVec, Opts, Registry};
use tokio::runtime::Handle;

/// Registers both.
pub(crate) fn register(registry: &Registry, readiness: Readiness) -> prometheus::Result<()> {
    registry.register(Box::new(Checks::new(readiness)?))?;
    registry.register(Box::new(Runtime::new()?))
}

/// `portico_ready`, and each check by itself.
struct Checks {
    readiness: Readiness,
    all: IntGauge,
    each: IntGaugeVec,
}

impl Checks {
    fn new(readiness: Readiness) -> prometheus::Result<Self> {
        let each = Opts::new(
            "portico_check_ready",
            "Whether one of the things that readiness depends on is in order.",
        );
        Ok(Self {
            readiness,
            all: IntGauge::new("portico_ready", "Whether traffic should come here.")?,
            each: IntGaugeVec::new(each, &["check"])?,
        })
    }
}

impl Collector for Checks {
    fn desc(&self) -> Vec<&Desc> {
        [self.all.desc(), self.each.desc()].concat()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        self.all.set(i64::from(self.readiness.is_ready()));
        for (name, check) in self.readiness.checks() {
            let each = self.each.with_label_values(&[name]);
            each.set(i64::from(check.ready));
        }
        [self.all.collect(), self.each.collect()].concat()
    }
}

/// The runtime that serves the question, and with it every other request.
struct Runtime {
    workers: IntGauge,
    tasks: IntGauge,
    queue: IntGauge,
}

impl Runtime {
    fn new() -> prometheus::Result<Self> {
        Ok(Self {
            workers: IntGauge::new("portico_runtime_workers", "Threads that serve requests.")?,
            tasks: IntGauge::new(
                "portico_runtime_tasks",
                "Tasks that are alive; an open connection is one.",
            )?,
            queue: IntGauge::new(
                "portico_runtime_queue_length",
                "Tasks that wait for a thread. Lasting ones mean that the processors are full.",
            )?,
        })
    }

    fn gauges(&self) -> [&IntGauge; 3] {
        [&self.workers, &self.tasks, &self.queue]
    }
}

impl Collector for Runtime {
    fn desc(&self) -> Vec<&Desc> {
        self.gauges().map(IntGauge::desc).concat()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let Ok(runtime) = Handle::try_current() else {
            return Vec::new();
        };
        let metrics = runtime.metrics();
        let values = [
            metrics.num_workers(),
            metrics.num_alive_tasks(),
            metrics.global_queue_depth(),
        ];
        for (gauge, value) in self.gauges().into_iter().zip(values) {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        }
        self.gauges().map(IntGauge::collect).concat()
    }
}
