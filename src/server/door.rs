//! What a connection passes before its first request: the TLS of its listener.
//!
//! To the engine every listener is plain, so that what happens here, and for how long, is ours.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pingora::apps::ServerApp;
use pingora::protocols::l4::stream::Stream as Socket;
use pingora::protocols::{GetSocketDigest as _, Stream};
use pingora::proxy::HttpProxy;
use pingora::server::ShutdownWatch;
use portico_sdk::route::Listener;
use tokio::time::timeout;

use super::Ports;
use crate::proxy::Gateway;
use crate::tls::Certificates;

/// One listener's own rules.
pub(super) struct Entrance {
    /// Whose.
    pub(super) listener: Listener,
    /// `None`: no TLS.
    pub(super) certificates: Option<Arc<Certificates>>,
}

/// The way in.
pub(super) struct Door {
    /// Where the requests of a connection go.
    pub(super) house: Arc<HttpProxy<Gateway>>,
    /// Which listener a connection came in on.
    pub(super) ports: Ports,
    /// Every listener's rules.
    pub(super) entrances: Vec<Entrance>,
    /// How long a client may take to come in.
    pub(super) patience: Duration,
}

impl Door {
    fn entrance(&self, socket: &Socket) -> Option<&Entrance> {
        let digest = socket.get_socket_digest();
        let local = digest.as_ref().and_then(|digest| digest.local_addr());
        let listener = self
            .ports
            .listener(local.and_then(|address| address.as_inet()));
        let mut entrances = self.entrances.iter();
        entrances.find(|entrance| entrance.listener == listener)
    }

    /// Lets a connection in, or not.
    async fn admit(&self, stream: Stream) -> Option<Stream> {
        // The engine knows of no TLS, so what it accepts is always the bare socket.
        let socket = stream.into_any().downcast::<Socket>().ok()?;
        let entrance = self.entrance(&socket)?;
        let Some(certificates) = &entrance.certificates else {
            return Some(socket);
        };
        let acceptor = certificates.acceptor();
        match timeout(self.patience, acceptor.accept(*socket)).await {
            Ok(Ok(stream)) => Some(stream),
            Ok(Err(error)) => {
                tracing::debug!(listener = %entrance.listener, %error, "no TLS");
                None
            }
            Err(_) => {
                tracing::debug!(listener = %entrance.listener, "the handshake took too long");
                None
            }
        }
    }
}

#[async_trait]
impl ServerApp for Door {
    async fn process_new(
        self: &Arc<Self>,
        stream: Stream,
        shutdown: &ShutdownWatch,
    ) -> Option<Stream> {
        let stream = self.admit(stream).await?;
        ServerApp::process_new(&self.house, stream, shutdown).await
    }

    async fn cleanup(&self) {
        ServerApp::cleanup(&*self.house).await;
    }
}
