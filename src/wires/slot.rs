//! The deadline of one connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

const NEVER: u64 = u64::MAX;
/// The deadline has passed and the connection is cut; nothing changes this any more.
const OVER: u64 = 0;

/// A deadline, in milliseconds since the epoch of the wires.
#[derive(Debug)]
pub(super) struct Slot(AtomicU64);

impl Default for Slot {
    fn default() -> Self {
        Self(AtomicU64::new(NEVER))
    }
}

impl Slot {
    /// Gives whether the deadline before has not passed: when it is over, it is over.
    fn set(&self, due: u64) -> bool {
        let still = |now| (now != OVER).then_some(due);
        self.0
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, still)
            .is_ok()
    }

    /// Marks the connection when it is late; whoever gets `true` must cut it.
    pub(super) fn end(&self, now: u64) -> bool {
        let due = self.0.load(Ordering::Relaxed);
        // A deadline that has just been set anew is none that has passed.
        let marked = || {
            let change = (Ordering::AcqRel, Ordering::Relaxed);
            self.0.compare_exchange(due, OVER, change.0, change.1)
        };
        due != OVER && due <= now && marked().is_ok()
    }
}

/// Milliseconds, rounded up and never 0.
pub(super) fn since(epoch: Instant, at: Instant) -> u64 {
    let elapsed = at.saturating_duration_since(epoch).as_millis();
    u64::try_from(elapsed).map_or(NEVER - 1, |elapsed| elapsed + 1)
}

/// Sets the deadline of a connection; without effect once the connection is gone.
#[derive(Debug, Clone)]
pub struct Timer {
    epoch: Instant,
    slot: Arc<Slot>,
}

impl Timer {
    pub(super) fn new(epoch: Instant, slot: Arc<Slot>) -> Self {
        Self { epoch, slot }
    }

    /// Sets the deadline, instead of the one before, unless that has passed.
    pub fn until(&self, deadline: Instant) {
        let _ = self.try_until(deadline);
    }

    /// Does it, and gives whether the deadline before had not passed.
    #[must_use]
    pub(super) fn try_until(&self, deadline: Instant) -> bool {
        self.slot.set(since(self.epoch, deadline))
    }

    /// From now on there is no deadline, unless it has passed.
    pub fn lift(&self) {
        self.slot.set(NEVER);
    }

    /// Whether the deadline has passed and the connection is cut: its end is none that the other
    /// side has made.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.slot.0.load(Ordering::Acquire) == OVER
    }
}
