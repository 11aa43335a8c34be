//! Whether the house serves HCP's management services: one plugin opens them, others tell clients.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Closed until the plugin that serves management opens it. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Management(Arc<AtomicBool>);

impl Management {
    /// Says that management is served.
    pub fn open(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it is.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
