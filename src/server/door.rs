//! What a connection passes before its first request: the limits of the crowd, the PROXY preamble
//! and the TLS of its listener.
//!
//! To the engine every listener is plain, so that what happens here, and for how long, is ours.

use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsRawFd as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pingora::apps::ServerApp;
use pingora::protocols::l4::socket::SocketAddr as EngineAddress;
use pingora::protocols::l4::stream::Stream as Socket;
use pingora::protocols::{GetSocketDigest as _, SocketDigest, Stream};
use pingora::proxy::HttpProxy;
use pingora::server::ShutdownWatch;
use portico_sdk::route::Listener;
use tokio::time::{Instant, timeout_at};

use super::Ports;
use super::crowd::{Crowd, Seat};
use super::figures::DoorMetrics;
use super::preamble::{self, PreambleError};
use super::watch::{Cause, HeadLimits, Watch, Watched};
use crate::origin::TrustedProxies;
use crate::proxy::{Current, Gateway};
use crate::tls::Certificates;
use crate::wires::Wires;

/// The rules of one address of a listener.
pub(super) struct Entrance {
    /// Whose.
    pub(super) listener: Listener,
    /// `None`: no TLS.
    pub(super) certificates: Option<Arc<Certificates>>,
    /// Whether trusted proxies say first who their client is, and nobody else may come.
    pub(super) proxy_protocol: bool,
}

/// The way in.
pub(super) struct Door {
    /// Where the requests of a connection go.
    pub(super) house: Arc<HttpProxy<Gateway>>,
    /// Which listener a connection came in on.
    pub(super) ports: Ports,
    /// The rules of every address, in the order of the ports.
    pub(super) entrances: Vec<Entrance>,
    /// Who is believed about clients.
    pub(super) trusted: TrustedProxies,
    /// Who is here already.
    pub(super) crowd: Arc<Crowd>,
    /// What a head may take, among others; for the first one of a connection all that comes before is
    /// in it.
    pub(super) manners: Current,
    /// How long a connection may be idle between two exchanges; of HTTP/1.1, HTTP/2 has its own.
    pub(super) idle: Duration,
    /// How long kept connections may bring one more request after the process was told to end.
    pub(super) grace: Duration,
    /// Where its deadline stands.
    pub(super) wires: Wires,
    /// Where it is counted.
    pub(super) metrics: DoorMetrics,
}

/// Why a connection is closed before its first exchange, or between two.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("there are too many connections")]
    Crowded,
    #[error("its address has too many connections")]
    Address,
    #[error("it does not come from a trusted proxy")]
    Untrusted,
    #[error(transparent)]
    Preamble(#[from] PreambleError),
    #[error("the TLS handshake failed: {0}")]
    Tls(Box<pingora::Error>),
    #[error("the handshake or the head of a request did not come in time")]
    Slow,
    #[error("the head of a request is too large")]
    Large,
}

impl Refusal {
    /// The label in the metric.
    fn label(&self) -> &'static str {
        match self {
            Self::Crowded => "connections",
            Self::Address => "connections_per_address",
            Self::Untrusted => "untrusted",
            Self::Preamble(_) => "proxy_protocol",
            Self::Tls(_) => "tls",
            Self::Slow => "header_timeout",
            Self::Large => "header_size",
        }
    }
}

impl Door {
    fn entrance(&self, socket: &Socket) -> Option<&Entrance> {
        let digest = socket.get_socket_digest();
        let local = digest.as_ref().and_then(|digest| digest.local_addr());
        let local = local.and_then(|address| address.as_inet());
        let place = self.ports.position(local);
        let mut entrances = self.entrances.iter();
        match place {
            Some(place) => entrances.nth(place),
            None => entrances.find(|entrance| entrance.listener == Listener::S3),
        }
    }

    fn head_limits(&self) -> HeadLimits {
        let manners = self.manners.load();
        HeadLimits {
            time: manners.header_timeout,
            bytes: manners.largest.head,
        }
    }

    /// Counts a connection, hears who it is from and takes its handshake.
    async fn admit(
        &self,
        entrance: &Entrance,
        mut socket: Socket,
        seat: &mut Seat,
    ) -> Result<Stream, Refusal> {
        let peer = peer(&socket);
        let trusted = peer.is_some_and(|peer| self.trusted.contains(peer));
        let mut client = peer.filter(|_| !trusted);
        if entrance.proxy_protocol {
            if !trusted {
                return Err(Refusal::Untrusted);
            }
            let named = preamble::read(&mut socket).await?;
            if let Some(named) = named {
                name(&mut socket, named);
            }
            client = named.map(|named| named.ip());
        }
        // A trusted proxy's own connections serve many clients.
        if client.is_some_and(|client| !seat.take_for(client)) {
            return Err(Refusal::Address);
        }
        match &entrance.certificates {
            Some(certificates) => {
                let acceptor = certificates.acceptor();
                acceptor.accept(socket).await.map_err(Refusal::Tls)
            }
            None => Ok(Box::new(socket)),
        }
    }

    /// Lets a connection in and serves it until it ends.
    async fn serve(
        &self,
        entrance: &Entrance,
        socket: Socket,
        shutdown: &ShutdownWatch,
    ) -> Result<(), Refusal> {
        let mut seat = self.crowd.enter().ok_or(Refusal::Crowded)?;
        let head = self.head_limits();
        let deadline = Instant::now() + head.time;
        let admitted = timeout_at(deadline, self.admit(entrance, socket, &mut seat)).await;
        let stream = admitted.map_err(|_| Refusal::Slow)??;
        let standing = self.wires.standing(stream.id());
        let watch = Arc::new(Watch::new(standing.timer(), self.idle));
        let stream = Watched::new(stream, standing, Arc::clone(&watch), head, deadline);
        let exchanges = ServerApp::process_new(&self.house, Box::new(stream), shutdown);
        match watch.over(exchanges).await {
            Ok(_) => Ok(()),
            Err(Cause::Slow) => Err(Refusal::Slow),
            Err(Cause::Large) => Err(Refusal::Large),
        }
    }
}

fn peer(socket: &Socket) -> Option<IpAddr> {
    let digest = socket.get_socket_digest()?;
    Some(digest.peer_addr()?.as_inet()?.ip())
}

/// From here on the socket's other side is the client.
fn name(socket: &mut Socket, client: SocketAddr) {
    let digest = SocketDigest::from_raw_fd(socket.as_raw_fd());
    // It is new, so nothing is set.
    let _ = digest.peer_addr.set(Some(EngineAddress::Inet(client)));
    socket.set_socket_digest(digest);
}

#[async_trait]
impl ServerApp for Door {
    async fn process_new(
        self: &Arc<Self>,
        stream: Stream,
        shutdown: &ShutdownWatch,
    ) -> Option<Stream> {
        // The engine knows of no TLS, so what it accepts is always the bare socket.
        let socket = stream.into_any().downcast::<Socket>().ok()?;
        let entrance = self.entrance(&socket)?;
        let listener = entrance.listener;
        let _open = self.metrics.open(listener);
        if let Err(refusal) = self.serve(entrance, *socket, shutdown).await {
            self.metrics.refused(listener, refusal.label());
            tracing::debug!(%listener, %refusal, "connection closed");
        }
        None
    }

    /// The engine closes whatever is idle, and who is about to ask would find nobody. So they are
    /// answered for a while: every answer says by now that its connection ends.
    async fn cleanup(&self) {
        self.crowd.leave(self.grace).await;
        ServerApp::cleanup(&*self.house).await;
    }
}
