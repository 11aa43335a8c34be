//! Follows a connection of the engine's to the store.

use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd, RawFd};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pingora::upstreams::peer::Tracing;
use tokio::net::TcpSocket;

use super::{NONE, Wires};

/// Follows one connection from its socket to its end, as the engine's tracer.
#[derive(Debug, Clone)]
pub struct Note {
    wires: Wires,
    descriptor: Arc<AtomicI32>,
    /// A second descriptor, until it is connected.
    second: Arc<Mutex<Option<OwnedFd>>>,
}

impl Note {
    pub(super) fn new(wires: Wires) -> Self {
        let descriptor = Arc::new(AtomicI32::new(NONE));
        Self {
            wires,
            descriptor,
            second: Arc::default(),
        }
    }

    /// The socket that will be connected.
    pub fn socket(&self, socket: &TcpSocket) {
        // Without one it is a connection like others, on which nothing is held back.
        self.keep(socket.as_fd().try_clone_to_owned().ok());
        self.follow(socket.as_raw_fd());
    }

    pub(super) fn follow(&self, descriptor: RawFd) {
        self.descriptor.store(descriptor, Ordering::Release);
    }

    /// Gives what was kept before.
    fn keep(&self, second: Option<OwnedFd>) -> Option<OwnedFd> {
        let mut kept = self.second.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut kept, second)
    }
}

impl Tracing for Note {
    fn on_connected(&self) {
        let second = self.keep(None);
        let descriptor = self.descriptor.load(Ordering::Acquire);
        self.wires.stand(descriptor, second);
    }

    fn on_disconnected(&self) {
        self.wires
            .fall(self.descriptor.swap(NONE, Ordering::AcqRel));
    }

    fn boxed_clone(&self) -> Box<dyn Tracing> {
        Box::new(self.clone())
    }
}
