//! A connection that somebody else than the engine follows.

use std::os::fd::RawFd;

use super::{Timer, Wires};

/// A connection that stands among the wires until this is dropped, which must be before its
/// descriptor is closed.
#[derive(Debug)]
pub struct Standing {
    wires: Wires,
    descriptor: RawFd,
}

impl Standing {
    pub(super) fn new(wires: Wires, descriptor: RawFd) -> Self {
        Self { wires, descriptor }
    }

    /// Its deadline, of which there is none yet.
    #[must_use]
    pub fn timer(&self) -> Option<Timer> {
        self.wires.timer(self.descriptor)
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        self.wires.fall(self.descriptor);
    }
}
