//! The connections to the store that stand, and the deadlines that cut them.
//!
//! The engine knows only pauses: a store that sends a byte now and then is never given up. So
//! each exchange has a watch that ends the reading from its connection when its time is over,
//! which the engine takes for the end of the connection.
//!
//! Deadlines are set several times in each exchange and hardly ever pass: setting one is a store
//! into the connection's own slot, and one thread looks through all slots now and then. It is none
//! of a runtime's tasks: deadlines hold while the process drains, and whatever else is slow.

use std::io;
use std::os::fd::{AsRawFd as _, RawFd};
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::socket::{Shutdown, shutdown};
use pingora::upstreams::peer::Tracing;
use tokio::net::TcpSocket;

/// How often the slots are looked through: a deadline may pass unseen for so long.
const TICK: Duration = Duration::from_millis(20);

/// No connection.
const NONE: RawFd = -1;

/// The connections of the process.
///
/// One stands here for as long as its descriptor is open and no longer: the engine tells before it
/// closes one. So whoever holds the lock can not meet another's connection.
#[derive(Debug, Clone)]
pub(super) struct Wires {
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
    /// Notes the connection that is about to be made.
    pub(super) fn note(&self) -> Note {
        Note {
            wires: self.clone(),
            descriptor: Arc::new(AtomicI32::new(NONE)),
        }
    }

    /// A watch over a connection, with no deadline yet.
    pub(super) fn watch(&self, descriptor: RawFd) -> Watch {
        let standing = self.read();
        let slot = index(descriptor).and_then(|index| standing.get(index)?.as_ref());
        Watch {
            epoch: self.epoch,
            // What the exchange before has cut is dead, and not by this one's lateness.
            slot: slot.filter(|slot| !slot.is_over()).cloned(),
        }
    }

    /// Begins to cut what is late, until the last clone is gone; before that no deadline holds.
    ///
    /// # Errors
    /// The system has no thread left.
    pub(super) fn keep_time(&self) -> io::Result<()> {
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
        let now = since(self.epoch, now);
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

    fn stand(&self, descriptor: RawFd) {
        let Some(index) = index(descriptor) else {
            return;
        };
        let mut standing = self.write();
        if standing.len() <= index {
            standing.resize(index + 1, None);
        }
        standing[index] = Some(Arc::default());
    }

    fn fall(&self, descriptor: RawFd) {
        let mut standing = self.write();
        let slot = index(descriptor).and_then(|index| standing.get_mut(index));
        if let Some(slot) = slot {
            *slot = None;
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

/// Milliseconds, rounded up and never 0.
fn since(epoch: Instant, at: Instant) -> u64 {
    let elapsed = at.saturating_duration_since(epoch).as_millis();
    u64::try_from(elapsed).map_or(NEVER - 1, |elapsed| elapsed + 1)
}

/// A connection's deadline, in milliseconds since the epoch of the wires.
#[derive(Debug)]
struct Slot(AtomicU64);

const NEVER: u64 = u64::MAX;
/// The deadline has passed and the connection is cut; nothing changes this any more.
const OVER: u64 = 0;

impl Default for Slot {
    fn default() -> Self {
        Self(AtomicU64::new(NEVER))
    }
}

impl Slot {
    fn set(&self, due: u64) {
        let still = |now| (now != OVER).then_some(due);
        // When it is over, it is over.
        let _ = self
            .0
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, still);
    }

    /// Marks the connection when it is late; whoever gets `true` must cut it.
    fn end(&self, now: u64) -> bool {
        let due = self.0.load(Ordering::Relaxed);
        // A deadline that has just been set anew is none that has passed.
        let marked = || {
            let change = (Ordering::AcqRel, Ordering::Relaxed);
            self.0.compare_exchange(due, OVER, change.0, change.1)
        };
        due != OVER && due <= now && marked().is_ok()
    }

    fn is_over(&self) -> bool {
        self.0.load(Ordering::Acquire) == OVER
    }
}

/// Follows one connection from its socket to its end, as the engine's tracer.
#[derive(Debug, Clone)]
pub(super) struct Note {
    wires: Wires,
    descriptor: Arc<AtomicI32>,
}

impl Note {
    /// The socket that will be connected.
    pub(super) fn socket(&self, socket: &TcpSocket) {
        self.descriptor.store(socket.as_raw_fd(), Ordering::Release);
    }
}

impl Tracing for Note {
    fn on_connected(&self) {
        self.wires.stand(self.descriptor.load(Ordering::Acquire));
    }

    fn on_disconnected(&self) {
        self.wires
            .fall(self.descriptor.swap(NONE, Ordering::AcqRel));
    }

    fn boxed_clone(&self) -> Box<dyn Tracing> {
        Box::new(self.clone())
    }
}

/// The deadline of an exchange. Dropping it lifts the deadline.
#[derive(Debug)]
pub(super) struct Watch {
    epoch: Instant,
    slot: Option<Arc<Slot>>,
}

impl Watch {
    /// Sets the deadline, instead of the one before.
    pub(super) fn until(&self, deadline: Instant) {
        if let Some(slot) = &self.slot {
            slot.set(since(self.epoch, deadline));
        }
    }

    /// Lifts the deadline: from now on the connection may belong to another exchange.
    ///
    /// What was late by then stays late.
    pub(super) fn lift(&mut self) {
        if let Some(slot) = self.slot.take_if(|slot| !slot.is_over()) {
            slot.set(NEVER);
        }
    }

    /// Whether the deadline has passed. What has been read since is not to be believed: the end
    /// of the connection is none that the store has made.
    #[must_use]
    pub(super) fn is_over(&self) -> bool {
        self.slot.as_ref().is_some_and(|slot| slot.is_over())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.lift();
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    /// A connection that the wires know, its other end, and what follows it.
    async fn connected(wires: &Wires) -> (TcpStream, TcpStream, Note) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        let note = wires.note();
        note.socket(&socket);
        let address = listener.local_addr().unwrap();
        let (near, far) = tokio::join!(socket.connect(address), listener.accept());
        note.on_connected();
        (near.unwrap(), far.unwrap().0, note)
    }

    #[tokio::test]
    async fn a_connection_is_cut_when_its_time_is_over() {
        let wires = Wires::default();
        let (mut near, _far, _note) = connected(&wires).await;
        let watch = wires.watch(near.as_raw_fd());
        watch.until(Instant::now() + Duration::from_millis(20));
        assert!(!watch.is_over());
        wires.keep_time().unwrap();
        assert_eq!(near.read(&mut [0; 1]).await.unwrap(), 0);
        assert!(watch.is_over());
    }

    #[tokio::test]
    async fn a_deadline_that_is_lifted_cuts_nothing() {
        let wires = Wires::default();
        let (mut near, _far, _note) = connected(&wires).await;
        let (now, second) = (Instant::now(), Duration::from_secs(1));
        let watch = wires.watch(near.as_raw_fd());
        watch.until(now + second);
        drop(watch);
        wires.cut(now + 2 * second);
        let other = wires.watch(near.as_raw_fd());
        other.until(now + 3 * second);
        wires.cut(now + 2 * second);
        assert!(!other.is_over());
        wires.cut(now + 4 * second);
        assert!(other.is_over());
        assert_eq!(near.read(&mut [0; 1]).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn what_was_lifted_is_the_next_exchanges_own() {
        let wires = Wires::default();
        let (near, _far, _note) = connected(&wires).await;
        let now = Instant::now();
        let mut watch = wires.watch(near.as_raw_fd());
        watch.until(now + TICK);
        watch.lift();
        let other = wires.watch(near.as_raw_fd());
        other.until(now + TICK);
        watch.until(now + TICK * 100);
        drop(watch);
        wires.cut(now + TICK * 2);
        assert!(other.is_over());
    }

    #[tokio::test]
    async fn what_was_cut_stays_cut_and_is_no_lateness_of_the_next_exchange() {
        let wires = Wires::default();
        let (near, _far, _note) = connected(&wires).await;
        let now = Instant::now();
        let mut watch = wires.watch(near.as_raw_fd());
        watch.until(now);
        wires.cut(now + TICK);
        watch.lift();
        watch.until(now + TICK * 100);
        assert!(watch.is_over());
        assert!(!wires.watch(near.as_raw_fd()).is_over());
    }

    #[tokio::test]
    async fn the_next_connection_of_a_descriptor_is_left_alone() {
        let wires = Wires::default();
        let (near, _far, note) = connected(&wires).await;
        let now = Instant::now();
        let watch = wires.watch(near.as_raw_fd());
        watch.until(now);
        note.on_disconnected();
        wires.cut(now + TICK);
        assert!(!watch.is_over());
        // The same descriptor again, for another connection.
        note.descriptor.store(near.as_raw_fd(), Ordering::Release);
        note.on_connected();
        wires.cut(now + TICK);
        assert!(!watch.is_over() && !wires.watch(near.as_raw_fd()).is_over());
    }
}
