//! The plugins' work beside the exchanges, on a runtime of its own.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use pingora::server::ShutdownWatch;
use pingora::services::background::{BackgroundService, GenBackgroundService, background_service};
use portico_sdk::plugin::Background;
use tokio::task::JoinSet;

/// Starts every task, and drops those that still run at shutdown.
pub(super) struct Tasks(Mutex<Vec<Background>>);

/// The service of all background tasks.
pub(super) fn service(tasks: Vec<Background>) -> GenBackgroundService<Tasks> {
    let mut service = background_service("background", Tasks(Mutex::new(tasks)));
    service.threads = Some(1);
    service
}

#[async_trait]
impl BackgroundService for Tasks {
    async fn start(&self, mut shutdown: ShutdownWatch) {
        let tasks = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut running = JoinSet::new();
        for task in tasks {
            tracing::debug!(task = task.name, "started");
            running.spawn((task.start)());
        }
        // An error means that the sender is gone, which is a shutdown too.
        let _ = shutdown.changed().await;
        running.shutdown().await;
    }
}
