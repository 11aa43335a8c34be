//! Whether anything may be given: not while another process, which knows other changes, serves too.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// On or off; cheap to clone, shared by all clones.
#[derive(Debug, Clone)]
pub(crate) struct Switch(Arc<AtomicBool>);

impl Switch {
    pub(crate) fn new(on: bool) -> Self {
        Self(Arc::new(AtomicBool::new(on)))
    }

    pub(crate) fn is_on(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
