//! The connections to the store that stand, and the deadlines that cut them.
//!
//! The engine knows only pauses: a store that sends a byte now and then is never given up. So
//! each exchange has a watch that ends the reading from its connection when its time is over,
//! which the engine takes for the end of the connection.

use std::collections::HashMap;
use std::os::fd::{AsRawFd as _, RawFd};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use nix::sys::socket::{Shutdown, shutdown};
use pingora::upstreams::peer::Tracing;
use tokio::net::TcpSocket;
use tokio::task::JoinHandle;

/// The connections of the process, by descriptor, each with a number that never comes again.
///
/// A descriptor stands here for as long as it is open and no longer: the engine tells before it
/// closes one. So whoever holds the lock can not meet another's connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Wires(Arc<Mutex<Standing>>);

#[derive(Debug, Default)]
struct Standing {
    count: u64,
    wires: HashMap<RawFd, u64>,
}

const NONE: RawFd = -1;

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
        let number = self.standing().wires.get(&descriptor).copied();
        Watch {
            wires: self.clone(),
            wire: number.map(|number| (descriptor, number)),
            over: Arc::default(),
            timer: None,
        }
    }

    /// Ends the reading from a connection, if it still stands.
    fn cut(&self, (descriptor, number): (RawFd, u64), over: &AtomicBool) {
        let standing = self.standing();
        if standing.wires.get(&descriptor) == Some(&number) {
            // Before the engine can see it.
            over.store(true, Ordering::Release);
            // It may have been closed from the other side meanwhile.
            let _ = shutdown(descriptor, Shutdown::Read);
        }
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
        let descriptor = self.descriptor.load(Ordering::Acquire);
        let mut standing = self.wires.standing();
        standing.count += 1;
        let number = standing.count;
        standing.wires.insert(descriptor, number);
    }

    fn on_disconnected(&self) {
        let descriptor = self.descriptor.swap(NONE, Ordering::AcqRel);
        self.wires.standing().wires.remove(&descriptor);
    }

    fn boxed_clone(&self) -> Box<dyn Tracing> {
        Box::new(self.clone())
    }
}

/// The deadline of an exchange. Dropping it lifts the deadline.
#[derive(Debug)]
pub(super) struct Watch {
    wires: Wires,
    wire: Option<(RawFd, u64)>,
    over: Arc<AtomicBool>,
    timer: Option<JoinHandle<()>>,
}

impl Watch {
    /// Sets the deadline, instead of the one before.
    pub(super) fn until(&mut self, deadline: Instant) {
        self.lift();
        let Some(wire) = self.wire else { return };
        let (wires, over) = (self.wires.clone(), Arc::clone(&self.over));
        self.timer = Some(tokio::spawn(async move {
            tokio::time::sleep_until(deadline.into()).await;
            wires.cut(wire, &over);
        }));
    }

    /// Lifts the deadline: from now on the connection may belong to another exchange.
    pub(super) fn lift(&mut self) {
        if let Some(timer) = self.timer.take() {
            timer.abort();
        }
    }

    /// Whether the deadline has passed. What has been read since is not to be believed: the end
    /// of the connection is none that the store has made.
    #[must_use]
    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.lift();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
        let mut watch = wires.watch(near.as_raw_fd());
        watch.until(Instant::now() + Duration::from_millis(20));
        assert!(!watch.is_over());
        assert_eq!(near.read(&mut [0; 1]).await.unwrap(), 0);
        assert!(watch.is_over());
    }

    #[tokio::test]
    async fn a_deadline_that_is_lifted_cuts_nothing() {
        let wires = Wires::default();
        let (near, _far, _note) = connected(&wires).await;
        let mut watch = wires.watch(near.as_raw_fd());
        let over = Arc::clone(&watch.over);
        watch.until(Instant::now() + Duration::from_millis(5));
        drop(watch);
        let mut other = wires.watch(near.as_raw_fd());
        other.until(Instant::now() + Duration::from_millis(30));
        let mut near = near;
        assert_eq!(near.read(&mut [0; 1]).await.unwrap(), 0);
        assert!(other.is_over() && !over.load(Ordering::Acquire));
    }

    #[tokio::test]
    async fn the_next_connection_of_a_descriptor_is_left_alone() {
        let wires = Wires::default();
        let (near, _far, note) = connected(&wires).await;
        let watch = wires.watch(near.as_raw_fd());
        note.on_disconnected();
        let wire = watch.wire.unwrap();
        wires.cut(wire, &watch.over);
        assert!(!watch.is_over());
        // The same descriptor again, for another connection.
        note.descriptor.store(near.as_raw_fd(), Ordering::Release);
        note.on_connected();
        wires.cut(wire, &watch.over);
        assert!(!watch.is_over());
    }
}
