//! Follows a connection of the engine's to the store.

use std::os::fd::{AsRawFd as _, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use pingora::upstreams::peer::Tracing;
use tokio::net::TcpSocket;

use super::{NONE, Wires};

/// Follows one connection from its socket to its end, as the engine's tracer.
#[derive(Debug, Clone)]
pub struct Note {
    wires: Wires,
    descriptor: Arc<AtomicI32>,
}

impl Note {
    pub(super) fn new(wires: Wires) -> Self {
        let descriptor = Arc::new(AtomicI32::new(NONE));
        Self { wires, descriptor }
    }

    /// The socket that will be connected.
    pub fn socket(&self, socket: &TcpSocket) {
        self.follow(socket.as_raw_fd());
    }

    pub(super) fn follow(&self, descriptor: RawFd) {
        self.descriptor.store(descriptor, Ordering::Release);
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
