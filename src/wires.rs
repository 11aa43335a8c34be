//! The connections that stand, and the deadlines that cut them.
//!
//! The engine knows only pauses: a store that sends a byte now and then is never given up. So
//! each exchange has a watch that ends the reading from its connection when its time is over,
//! which the engine takes for the end of the connection. So it is with one that is kept and idle,
//! to a store or from a client.
//!
//! Deadlines are set several times in each exchange and hardly ever pass: setting one is a store
//! into the connection's own slot, and one thread looks through all slots now and then. It is none
//! of a runtime's tasks: deadlines hold while the process drains, and whatever else is slow.

mod cork;
mod note;
mod slot;
mod standing;
#[cfg(test)]
mod tests;
mod watch;

use std::io;
use std::os::fd::{OwnedFd, RawFd};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::socket::{Shutdown, shutdown};

pub use cork::Cork;
pub use note::Note;
pub use slot::Timer;
pub use standing::Standing;
pub use watch::Watch;

use slot::Slot;

/// How often the slots are looked through: a deadline may pass unseen for so long.
const TICK: Duration = Duration::from_millis(20);

/// No connection.
const NONE: RawFd = -1;

/// The connections of the process.
///
/// One stands here for as long as its descriptor is open and no longer: whoever closes it tells
/// before. So whoever holds the lock can not meet another's connection.
#[derive(Debug, Clone)]
pub struct Wires {
    epoch: Instant,
    /// By descriptor, of which the system gives out the lowest that is free.
    standing: Arc<RwLock<Vec<Option<Arc<Slot>>>>>,
}

impl Default for Wires {
    fn default() -> Self {
        Self {
            epoch: Instant::now(),
            standing: Arc::default(),
        }
    }
}

impl Wires {
    /// Notes the connection that the engine is about to make.
    #[must_use]
    pub fn note(&self) -> Note {
        Note::new(self.clone())
    }

    /// Notes a connection that is open, and stays open for longer than what is given back.
    #[must_use]
    pub fn standing(&self, descriptor: RawFd) -> Standing {
        self.stand(descriptor, None);
        Standing::new(self.clone(), descriptor)
    }

    /// A watch over a connection, which must be over by `end`; `None` when it has been cut already,
    /// for lateness or for being idle. After the exchange it may be idle for so long.
    #[must_use]
    pub fn watch(&self, descriptor: RawFd, end: Instant, idle: Duration) -> Option<Watch> {
        let timer = self.timer(descriptor);
        let in_time = timer.as_ref().is_none_or(|timer| timer.try_until(end));
        in_time.then(|| Watch::new(timer, idle))
    }

    /// Begins to cut what is late, until the last clone is gone; before that no deadline holds.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn keep_time(&self) -> io::Result<()> {
        let (epoch, standing) = (self.epoch, Arc::downgrade(&self.standing));
        let keep = move || {
            while let Some(standing) = standing.upgrade() {
                Self { epoch, standing }.cut(Instant::now());
                thread::sleep(TICK);
            }
        };
        thread::Builder::new()
            .name("deadlines".to_owned())
            .spawn(keep)
            .map(drop)
    }

    /// Ends the reading from every connection that is late by now.
    fn cut(&self, now: Instant) {
        let now = slot::since(self.epoch, now);
        let standing = self.read();
        for (descriptor, slot) in standing.iter().enumerate() {
            // Marked before the engine can see the end.
            if slot.as_ref().is_some_and(|slot| slot.end(now)) {
                let descriptor = RawFd::try_from(descriptor).unwrap_or(NONE);
                // It may have been closed from the other side meanwhile.
                let _ = shutdown(descriptor, Shutdown::Read);
            }
        }
    }

    /// The deadline of the connection with this descriptor, if it stands.
    fn timer(&self, descriptor: RawFd) -> Option<Timer> {
        let standing = self.read();
        let slot = standing.get(index(descriptor)?)?.clone()?;
        Some(Timer::new(self.epoch, slot))
    }

    fn stand(&self, descriptor: RawFd, second: Option<OwnedFd>) {
        let Some(index) = index(descriptor) else {
            return;
        };
        let mut standing = self.write();
        if standing.len() <= index {
            standing.resize(index + 1, None);
        }
        standing[index] = Some(Arc::new(Slot::new(second)));
    }

    fn fall(&self, descriptor: RawFd) {
        let mut standing = self.write();
        let slot = index(descriptor).and_then(|index| standing.get_mut(index));
        if let Some(slot) = slot.and_then(Option::take) {
            slot.close();
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Vec<Option<Arc<Slot>>>> {
        self.standing.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Vec<Option<Arc<Slot>>>> {
        self.standing
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn index(descriptor: RawFd) -> Option<usize> {
    usize::try_from(descriptor).ok()
}
