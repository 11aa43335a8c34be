//! The answers that this process keeps, bounded by their bytes.

use std::sync::Arc;
use std::time::Duration;

use ahash::RandomState;
use moka::sync::Cache;

use crate::entry::Entry;

/// What an entry costs beside its bytes, roughly.
const OVERHEAD: usize = 512;

/// The memory tier.
#[derive(Debug, Clone)]
pub(crate) struct Memory(Cache<Box<[u8]>, Arc<Entry>, RandomState>);

impl Memory {
    /// Room for so many bytes. What nobody could be given any more goes after `longest`.
    pub(crate) fn new(bytes: u64, longest: Duration) -> Self {
        let cache = Cache::builder()
            .max_capacity(bytes)
            .weigher(weight)
            .time_to_live(longest.max(Duration::from_secs(1)));
        Self(cache.build_with_hasher(RandomState::new()))
    }

    pub(crate) fn get(&self, key: &[u8]) -> Option<Arc<Entry>> {
        self.0.get(key)
    }

    /// Keeps an answer, unless there is one that was asked for later.
    pub(crate) fn put(&self, key: Box<[u8]>, entry: Arc<Entry>) {
        let later = |kept: Arc<Entry>| {
            kept.asked > entry.asked && kept.stamp.matches(&entry.stamp, entry.absent)
        };
        if !self.get(&key).is_some_and(later) {
            self.0.insert(key, entry);
        }
    }

    /// Lets what is due be done, so that the figures are right.
    #[cfg(test)]
    pub(crate) fn settle(&self) {
        self.0.run_pending_tasks();
    }

    /// Roughly how many entries there are.
    pub(crate) fn entries(&self) -> u64 {
        self.0.entry_count()
    }

    /// Roughly how many bytes they take.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.weighted_size()
    }
}

#[expect(clippy::borrowed_box, reason = "the shape that moka asks for")]
fn weight(key: &Box<[u8]>, entry: &Arc<Entry>) -> u32 {
    u32::try_from(key.len() + entry.bytes() + OVERHEAD).unwrap_or(u32::MAX)
}
