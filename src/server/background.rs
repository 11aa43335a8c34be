//! The plugins' work beside the exchanges, on a runtime of its own.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use pingora::server::ShutdownWatch;
use pingora::services::background::{BackgroundService, GenBackgroundService, background_service};
use portico_sdk::plugin::Background;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::InFlight;

/// How long tasks that close by themselves may take for it.
pub(super) const CLOSE: Duration = Duration::from_secs(5);

/// Starts every task. At shutdown those that close by themselves are waited for, and the others
/// dropped.
pub(super) struct Tasks {
    waiting: Mutex<Vec<Background>>,
    /// Those that close by themselves and have not done so.
    open: InFlight,
}

/// The service of all background tasks; `open` counts those that the process must wait for.
pub(super) fn service(tasks: Vec<Background>, open: InFlight) -> GenBackgroundService<Tasks> {
    let waiting = Mutex::new(tasks);
    let mut service = background_service("background", Tasks { waiting, open });
    service.threads = Some(1);
    service
}

impl Tasks {
    fn take(&self) -> Vec<Background> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl BackgroundService for Tasks {
    async fn start(&self, mut shutdown: ShutdownWatch) {
        let (mut dropped, mut closing) = (JoinSet::new(), JoinSet::new());
        for task in self.take() {
            tracing::debug!(task = task.name, "started");
            let work = (task.start)();
            if task.closes {
                let flight = self.open.begin();
                closing.spawn(async move {
                    work.await;
                    drop(flight);
                });
            } else {
                dropped.spawn(work);
            }
        }
        // An error means that the sender is gone, which is a shutdown too.
        let _ = shutdown.changed().await;
        dropped.shutdown().await;
        let ended = async { while closing.join_next().await.is_some() {} };
        if timeout(CLOSE, ended).await.is_err() {
            tracing::warn!("a task of the background did not end in time");
        }
    }
}
