//! Generations in this process: a fixed field of counters, so that nothing is ever forgotten. Tags that
//! meet in one counter cost each other misses, and nothing else.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use portico_sdk::cache::{Question, Tag};

use crate::stamp::{Seen, places};

/// Counters: a power of two, sixteen bytes each.
const SLOTS: usize = 1 << 16;
const MASK: u64 = (1 << 16) - 1;

/// The generations of all tags.
#[derive(Debug)]
pub(crate) struct Near {
    slots: Box<[Slot]>,
    // Keyed, so that nobody can aim at somebody else's counter.
    hasher: RandomState,
}

#[derive(Debug, Default)]
struct Slot {
    generation: AtomicU64,
    /// Until when answers are neither given nor kept, in milliseconds since 1970.
    quiet: AtomicU64,
}

impl Default for Near {
    fn default() -> Self {
        Self {
            slots: (0..SLOTS).map(|_| Slot::default()).collect(),
            hasher: RandomState::new(),
        }
    }
}

impl Near {
    /// What is true now of everything that a question depends on.
    pub(crate) fn read(&self, question: &Question, now: u64) -> Seen {
        let mut seen = Seen::default();
        for (place, tag) in places(question) {
            let slot = self.slot(&tag);
            // In this order: a change makes quiet first.
            let generation = slot.generation.load(Ordering::SeqCst);
            let quiet = slot.quiet.load(Ordering::SeqCst) > now;
            seen.note(place, generation.into(), quiet);
        }
        seen
    }

    /// Begins a new generation; with `quiet`, nothing is given or kept until then.
    pub(crate) fn bump(&self, tag: &Tag<'_>, quiet: Option<u64>) {
        let slot = self.slot(tag);
        if let Some(until) = quiet {
            slot.quiet.fetch_max(until, Ordering::SeqCst);
        }
        slot.generation.fetch_add(1, Ordering::SeqCst);
    }

    fn slot(&self, tag: &Tag<'_>) -> &Slot {
        // The low bits are as good as any, so that a narrow word loses nothing.
        let hash = usize::try_from(self.hasher.hash_one(tag) & MASK).unwrap_or_default();
        &self.slots[hash]
    }
}
