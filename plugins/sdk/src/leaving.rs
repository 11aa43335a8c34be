//! Whether the process has begun to go: another may be serving in its place already.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Said once, before any other process can have taken over; cheap to clone, shared by all clones.
#[derive(Debug, Clone, Default)]
pub struct Leaving(Arc<AtomicBool>);

impl Leaving {
    /// Says it.
    pub fn say(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it has been said. What is answered from now on may meet what the next process does.
    #[must_use]
    pub fn is_said(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
