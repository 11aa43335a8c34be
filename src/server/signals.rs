//! Signals, and the words that say when they are heard.

use std::future::pending;
use std::sync::Arc;

use async_trait::async_trait;
use pingora::server::{ShutdownSignal, ShutdownSignalWatch, UnixShutdownSignalWatch};
use portico_sdk::leaving::Leaving;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

use super::Bound;

/// Names the listeners in the log once signals are heard: whoever waits for these lines may send
/// one at once, and without a handler it would end the process in the middle of everything.
pub(super) struct Announced {
    /// Whom the lines name.
    pub(super) bound: Vec<Bound>,
    /// Told of every SIGHUP.
    pub(super) reload: Arc<Notify>,
    /// Said before the listeners can be handed over.
    pub(super) leaving: Leaving,
}

impl Announced {
    async fn announce(&self) -> ShutdownSignal {
        for bound in &self.bound {
            tracing::info!(listener = %bound.listener, address = %bound.address, tls = bound.tls, "listening");
        }
        pending().await
    }

    /// SIGHUP ends nothing: what is kept in files is read again.
    async fn hang_ups(&self) -> ShutdownSignal {
        match signal(SignalKind::hangup()) {
            Ok(mut hang_ups) => {
                while hang_ups.recv().await.is_some() {
                    self.reload.notify_one();
                }
            }
            Err(error) => tracing::warn!(%error, "SIGHUP cannot be heard"),
        }
        pending().await
    }
}

#[async_trait]
impl ShutdownSignalWatch for Announced {
    async fn recv(&self) -> ShutdownSignal {
        let signal = tokio::select! {
            // In this order: the engine puts its handlers in place when it is polled first.
            biased;
            signal = UnixShutdownSignalWatch.recv() => signal,
            signal = self.hang_ups() => signal,
            signal = self.announce() => signal,
        };
        self.leaving.say();
        signal
    }
}
