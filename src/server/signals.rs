//! Signals, and the words that say when they are heard.

use std::future::pending;

use async_trait::async_trait;
use pingora::server::{ShutdownSignal, ShutdownSignalWatch, UnixShutdownSignalWatch};

use super::Bound;

/// Names the listeners in the log once signals are heard: whoever waits for these lines may send
/// one at once, and without a handler it would end the process in the middle of everything.
pub(super) struct Announced(pub(super) Vec<Bound>);

impl Announced {
    async fn announce(&self) -> ShutdownSignal {
        for bound in &self.0 {
            tracing::info!(listener = %bound.listener, address = %bound.address, tls = bound.tls, "listening");
        }
        pending().await
    }
}

#[async_trait]
impl ShutdownSignalWatch for Announced {
    async fn recv(&self) -> ShutdownSignal {
        tokio::select! {
            // In this order: the engine puts its handlers in place when it is polled first.
            biased;
            signal = UnixShutdownSignalWatch.recv() => signal,
            signal = self.announce() => signal,
        }
    }
}
