//! Which kinds of job this process runs.

use std::sync::{Arc, PoisonError, RwLock};

use crate::kind::Kind;

/// The kinds. More may come for as long as plugins are installed.
#[derive(Default)]
pub(crate) struct Known(RwLock<Vec<Arc<dyn Kind>>>);

impl Known {
    pub(super) fn enroll(&self, kind: Arc<dyn Kind>) {
        let mut kinds = self.0.write().unwrap_or_else(PoisonError::into_inner);
        kinds.push(kind);
    }

    pub(super) fn find(&self, name: &str) -> Option<Arc<dyn Kind>> {
        let kinds = self.0.read().unwrap_or_else(PoisonError::into_inner);
        kinds.iter().find(|kind| kind.name() == name).cloned()
    }

    pub(super) fn names(&self) -> Vec<&'static str> {
        let kinds = self.0.read().unwrap_or_else(PoisonError::into_inner);
        kinds.iter().map(|kind| kind.name()).collect()
    }
}
