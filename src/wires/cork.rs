//! Pieces that are written one after another leave together.

use std::sync::Arc;

use super::slot::Slot;

/// While this lives, what is written to a connection and does not fill a segment waits for more
/// (tcp(7), `TCP_CORK`), for 200 milliseconds at most. Dropping it sends what waits.
#[derive(Debug)]
pub struct Cork(Arc<Slot>);

impl Cork {
    pub(super) fn put(slot: Arc<Slot>) -> Option<Self> {
        slot.cork(true).then_some(Self(slot))
    }
}

impl Drop for Cork {
    fn drop(&mut self) {
        // Where it fails the connection is gone.
        self.0.cork(false);
    }
}
