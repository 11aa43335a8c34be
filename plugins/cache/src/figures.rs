//! What metrics say of the cache.

use portico_sdk::Services;
use prometheus::{IntCounter, IntCounterVec, Opts, PullingGauge, Registry};

use crate::memory::Memory;

/// Every operation whose answers are kept, and one for those to come.
const OPERATIONS: [&str; 11] = [
    "mapi",
    "query",
    "HeadObject",
    "HeadBucket",
    "ListObjectsV2",
    "ListObjects",
    "ListBuckets",
    "GetBucketVersioning",
    "GetBucketAcl",
    "GetObjectAcl",
    "other",
];

/// How a reader was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Result {
    /// From memory.
    Hit,
    /// From Redis.
    Far,
    /// By the store.
    Miss,
    /// From memory, beyond its time.
    Stale,
    /// By the store, because the answer is not kept, or none was wanted.
    Bypass,
    /// By what another reader has fetched.
    Shared,
}

/// The tier that gave the answer, and the word for it, in the order of [`Result`].
const RESULTS: [(&str, &str); 6] = [
    ("memory", "hit"),
    ("redis", "hit"),
    ("none", "miss"),
    ("memory", "stale"),
    ("none", "bypass"),
    ("none", "shared"),
];

/// The counters, found once: the search by label is worth sparing on every request.
#[derive(Debug)]
pub(crate) struct Figures {
    requests: Vec<[IntCounter; RESULTS.len()]>,
    pub(crate) invalidations: IntCounter,
    /// Redis did not do what it was asked.
    pub(crate) errors: IntCounter,
}

impl Figures {
    /// Registers everything.
    ///
    /// # Errors
    /// A metric of such a name is there already.
    pub(crate) fn new(metrics: &Registry) -> prometheus::Result<Self> {
        let options = Opts::new(
            "portico_cache_requests_total",
            "Reads whose answers may be kept, by who answered them.",
        );
        let requests = IntCounterVec::new(options, &["tier", "operation", "result"])?;
        metrics.register(Box::new(requests.clone()))?;
        let invalidations = IntCounter::new(
            "portico_cache_invalidations_total",
            "Changes of the store after which kept answers were dropped.",
        )?;
        metrics.register(Box::new(invalidations.clone()))?;
        let errors = IntCounter::new(
            "portico_cache_errors_total",
            "Commands of the cache that Redis did not carry out, or not in time.",
        )?;
        metrics.register(Box::new(errors.clone()))?;
        let of = |operation| {
            RESULTS.map(|(tier, result)| requests.with_label_values(&[tier, operation, result]))
        };
        Ok(Self {
            requests: OPERATIONS.into_iter().map(of).collect(),
            invalidations,
            errors,
        })
    }

    /// Counts an answered reader.
    pub(crate) fn count(&self, operation: &str, result: Result) {
        let place = OPERATIONS.iter().position(|known| *known == operation);
        let counters = &self.requests[place.unwrap_or(OPERATIONS.len() - 1)];
        counters[result as usize].inc();
    }
}

/// Gauges of what memory holds, and of the changes that wait for Redis.
///
/// # Errors
/// A metric of such a name is there already.
pub(crate) fn watch(
    memory: &Memory,
    owed: impl Fn() -> u64 + Send + Sync + 'static,
    services: &Services,
) -> prometheus::Result<()> {
    let (bytes, entries) = (memory.clone(), memory.clone());
    gauge(
        services,
        "portico_cache_bytes",
        "Bytes of memory that kept answers take.",
        move || bytes.bytes(),
    )?;
    gauge(
        services,
        "portico_cache_entries",
        "Answers that are kept in memory.",
        move || entries.entries(),
    )?;
    gauge(
        services,
        "portico_cache_pending_invalidations",
        "Changes that Redis could not be told of yet; nothing is given while there are any.",
        owed,
    )
}

fn gauge(
    services: &Services,
    name: &str,
    help: &str,
    value: impl Fn() -> u64 + Send + Sync + 'static,
) -> prometheus::Result<()> {
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    let value = move || value() as f64;
    let gauge = PullingGauge::new(name, help, Box::new(value))?;
    services.metrics.register(Box::new(gauge))
}
