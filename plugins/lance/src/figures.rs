//! What metrics say of tables' files.

use prometheus::{IntCounter, IntCounterVec, Opts, PullingGauge, Registry};

/// The counters, found once.
#[derive(Debug)]
pub(crate) struct Figures {
    /// Bytes that were read from memory.
    pub(crate) memory: IntCounter,
    /// Bytes that were read from the store, to be kept.
    pub(crate) store: IntCounter,
}

impl Figures {
    /// Registers everything; `held` tells how many bytes are kept.
    ///
    /// # Errors
    /// A metric of such a name is there already.
    pub(crate) fn new(
        metrics: &Registry,
        held: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> prometheus::Result<Self> {
        let options = Opts::new(
            "portico_lance_read_bytes_total",
            "Bytes of tables' data, indices and deletions that were read, by where they were.",
        );
        let read = IntCounterVec::new(options, &["source"])?;
        metrics.register(Box::new(read.clone()))?;
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        let held = move || held() as f64;
        let held = PullingGauge::new(
            "portico_lance_data_cache_bytes",
            "Bytes of tables' files that are kept in memory.",
            Box::new(held),
        )?;
        metrics.register(Box::new(held))?;
        Ok(Self {
            memory: read.with_label_values(&["memory"]),
            store: read.with_label_values(&["store"]),
        })
    }
}
