//! What must be in order before a load balancer sends traffic here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The state of one thing that readiness depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// The word in the answer, such as `reachable` or `disabled`.
    pub word: &'static str,
    /// Whether traffic may come.
    pub ready: bool,
}

/// The checks by name; cheap to clone, shared by all clones.
///
/// Checks are written in the background by whoever watches the thing, and only read by a probe,
/// so a probe never waits for the network.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<Mutex<BTreeMap<&'static str, Check>>>);

impl Readiness {
    /// Writes the state of one thing down.
    pub fn set(&self, name: &'static str, check: Check) {
        self.lock().insert(name, check);
    }

    /// All checks, by name.
    #[must_use]
    pub fn checks(&self) -> BTreeMap<&'static str, Check> {
        self.lock().clone()
    }

    /// Whether every check is in order.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.lock().values().all(|check| check.ready)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, Check>> {
        // A panic while holding this lock leaves a whole map behind.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
