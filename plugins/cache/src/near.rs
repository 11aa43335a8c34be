//! Generations in this process: a fixed field of counters, so that nothing is ever forgotten. Tags that
//! meet in one counter cost each other misses, and nothing else.

use std::sync::atomic::{AtomicU64, Ordering};

use ahash::RandomState;
use portico_sdk::cache::{Question, Tag};

use crate::stamp::{Place, Seen, places};

/// Counters: a power of two, sixteen bytes each.
const SLOTS: usize = 1 << 16;
const MASK: u64 = (1 << 16) - 1;

/// The generations of all tags.
#[derive(Debug)]
pub(crate) struct Near {
    slots: Box<[Slot]>,
    /// Changed when changes may have been missed: another one makes everything old.
    era: AtomicU64,
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
            era: AtomicU64::new(0),
            hasher: RandomState::new(),
        }
    }
}

impl Near {
    /// What is true now of everything that a question depends on.
    pub(crate) fn read(&self, question: &Question, now: u64) -> Seen {
        let hashed = |(place, tag)| (place, self.hasher.hash_one::<Tag<'_>>(tag));
        self.read_at(places(question).map(hashed), now)
    }

    /// The same, for tags that were hashed elsewhere.
    pub(crate) fn read_at(&self, tags: impl Iterator<Item = (Place, u64)>, now: u64) -> Seen {
        let mut seen = Seen::default();
        let era = u128::from(self.era.load(Ordering::SeqCst)) << 64;
        for (place, hash) in tags {
            let slot = self.slot(hash);
            // In this order: a change makes quiet first.
            let generation = slot.generation.load(Ordering::SeqCst);
            let quiet = slot.quiet.load(Ordering::SeqCst) > now;
            seen.note(place, era | u128::from(generation), quiet);
        }
        seen
    }

    /// Begins a new generation; with `quiet`, nothing is given or kept until then.
    pub(crate) fn bump(&self, tag: &Tag<'_>, quiet: Option<u64>) {
        self.bump_at(self.hasher.hash_one(tag), quiet);
    }

    /// The same, for a tag that was hashed elsewhere.
    pub(crate) fn bump_at(&self, hash: u64, quiet: Option<u64>) {
        let slot = self.slot(hash);
        if let Some(until) = quiet {
            slot.quiet.fetch_max(until, Ordering::SeqCst);
        }
        slot.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// Begins a new generation of everything.
    pub(crate) fn flush(&self) {
        self.era.fetch_add(1, Ordering::SeqCst);
    }

    fn slot(&self, hash: u64) -> &Slot {
        // The low bits are as good as any, so that a narrow word loses nothing.
        let index = usize::try_from(hash & MASK).unwrap_or_default();
        &self.slots[index]
    }
}
