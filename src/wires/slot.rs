//! The deadline of one connection.

use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use socket2::SockRef;

use super::Cork;

const NEVER: u64 = u64::MAX;
/// The deadline has passed and the connection is cut; nothing changes this any more.
const OVER: u64 = 0;

/// What the wires know of one connection.
#[derive(Debug)]
pub(super) struct Slot {
    /// Its deadline, in milliseconds since the epoch of the wires.
    due: AtomicU64,
    /// A second descriptor of it, for settings; the engine tells of its own by number alone.
    socket: Mutex<Option<OwnedFd>>,
}

impl Slot {
    pub(super) fn new(socket: Option<OwnedFd>) -> Self {
        Self {
            due: AtomicU64::new(NEVER),
            socket: Mutex::new(socket),
        }
    }

    /// Holds back what does not fill a segment, or lets it go; gives whether it does now.
    pub(super) fn cork(&self, hold: bool) -> bool {
        let socket = self.socket();
        let set = |socket| SockRef::from(socket).set_tcp_cork(hold).is_ok();
        socket.as_ref().is_some_and(set)
    }

    /// Closes the second descriptor: a connection ends with the last one.
    pub(super) fn close(&self) {
        self.socket().take();
    }

    fn socket(&self) -> MutexGuard<'_, Option<OwnedFd>> {
        self.socket.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives whether the deadline before has not passed: when it is over, it is over.
    fn set(&self, due: u64) -> bool {
        let still = |now| (now != OVER).then_some(due);
        self.due
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, still)
            .is_ok()
    }

    /// Marks the connection when it is late; whoever gets `true` must cut it.
    pub(super) fn end(&self, now: u64) -> bool {
        let due = self.due.load(Ordering::Relaxed);
        // A deadline that has just been set anew is none that has passed.
        let marked = || {
            let change = (Ordering::AcqRel, Ordering::Relaxed);
            self.due.compare_exchange(due, OVER, change.0, change.1)
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

    /// Holds back what is written to the connection, if that can be.
    pub(super) fn cork(&self) -> Option<Cork> {
        Cork::put(Arc::clone(&self.slot))
    }

    /// Whether the deadline has passed and the connection is cut: its end is none that the other
    /// side has made.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.slot.due.load(Ordering::Acquire) == OVER
    }
}
