//! From the name of an upstream to a connection the engine can make: address, SNI, TLS rules,
//! timeouts.

mod attempts;
mod bond;
mod checks;
mod deadline;
mod resolve;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::SocketAddr;
use std::os::fd::RawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use pingora::protocols::l4::socket::SocketAddr as EngineAddr;
use pingora::upstreams::peer::{HttpPeer, HttpUpstreamRequestPolicy, PeerOptions, Scheme, Tracer};
use portico_sdk::upstream::{Health, Timeouts, Upstream, Upstreams};
use portico_sdk::{Error, Reason};
use tokio::net::TcpSocket;

use crate::wires::{Note, Wires};

pub use attempts::Attempts;
pub use bond::Bond;
pub use checks::Checks;
pub use deadline::Deadline;
pub use resolve::{Resolver, Unresolved};

use attempts::Next;
use checks::Watchlist;

/// Makes peers; one for the whole process.
pub struct Peers {
    resolver: Resolver,
    health: Health,
    watchlist: Watchlist,
    wires: Wires,
    options: PeerOptions,
    timeouts: Timeouts,
    rules: u64,
    /// Counts the connections that must be fresh.
    fresh: AtomicU64,
}

impl Peers {
    /// Peers that follow the TLS rules and timeouts of the settings; `wires` hold their deadlines.
    #[must_use]
    pub fn new(upstreams: &Upstreams, wires: Wires) -> Self {
        let mut rules = DefaultHasher::new();
        upstreams.tls.ca_pem.hash(&mut rules);
        let peers = Self {
            resolver: Resolver::new(upstreams.health.clone()),
            health: upstreams.health.clone(),
            watchlist: Watchlist::default(),
            wires,
            options: options(upstreams),
            timeouts: upstreams.timeouts,
            rules: rules.finish(),
            fresh: AtomicU64::new(0),
        };
        peers.expect(upstreams);
        peers
    }

    /// Notes the addresses of the settings, so that they are checked before the first request.
    fn expect(&self, upstreams: &Upstreams) {
        let named = upstreams.domain.as_deref().map(|domain| {
            let addresses = Arc::clone(&upstreams.s3_addresses);
            // Tenants have certificates, their domain may have none: only TCP is checked until
            // the first request names a tenant.
            Upstream::new(domain, upstreams.s3_port, false, addresses)
        });
        if let Some(place) = named.or_else(|| upstreams.s3_endpoint.clone()) {
            self.watchlist.note(&place, place.addresses());
        }
    }

    /// The peer for the next attempt: of the addresses that are in use the least busy one, and
    /// after a failure one that was not tried. With a bond it is the same address each time, and
    /// a connection that serves this bond alone.
    ///
    /// # Errors
    /// The name has no address, or cannot be looked up and never could.
    pub async fn peer(
        &self,
        upstream: &Upstream,
        bond: Option<Bond>,
        attempts: &mut Attempts,
    ) -> Result<HttpPeer, Error> {
        let addresses = self.addresses(upstream).await?;
        self.watchlist.note(upstream, &addresses);
        let next = attempts
            .next(&addresses, bond, &self.health, self.timeouts.connect)
            .ok_or_else(|| self.unavailable(&addresses))?;
        Ok(self.forwarding(upstream, bond, next))
    }

    /// Why there is no address for a request.
    fn unavailable(&self, addresses: &[SocketAddr]) -> Error {
        match self.health.refusal(addresses) {
            Some(wait) => Error::new(Reason::StoreBusy).retry_after(wait),
            None => Error::new(Reason::ServiceUnavailable),
        }
    }

    /// The deadlines of an exchange on the connection of this attempt, which begin to count;
    /// `None` when the connection, a kept one, has just been cut.
    pub fn deadline(&self, descriptor: RawFd, attempts: &mut Attempts) -> Option<Deadline> {
        let end = attempts.end(self.timeouts.total);
        let watch = self.wires.watch(descriptor, end, self.timeouts.idle)?;
        Some(Deadline::new(watch, self.timeouts.response, end))
    }

    fn forwarding(&self, upstream: &Upstream, bond: Option<Bond>, next: Next) -> HttpPeer {
        let mut peer = self.any(upstream, bond, next.address, next.limit);
        // A bond has no other kept connection, and the fresh one is to be its own.
        if next.fresh && bond.is_none() {
            // A key that no kept connection has; and this one is not kept under it.
            peer.group_key ^= self.fresh.fetch_add(1, Ordering::Relaxed) | 1 << 63;
            peer.options.idle_timeout = Some(Duration::ZERO);
        }
        let note = self.wires.note();
        peer.options.tracer = Some(Tracer(Box::new(note.clone())));
        peer.options.upstream_tcp_sock_tweak_hook =
            Some(Arc::new(move |socket| prepare(socket, &note)));
        peer
    }

    /// The peer of a check.
    fn checked(&self, upstream: &Upstream, address: SocketAddr) -> HttpPeer {
        self.any(upstream, None, address, self.timeouts.connect)
    }

    fn any(
        &self,
        upstream: &Upstream,
        bond: Option<Bond>,
        address: SocketAddr,
        limit: Duration,
    ) -> HttpPeer {
        let mut options = self.options.clone();
        options.connection_timeout = Some(limit);
        options.total_connection_timeout = Some(limit);
        HttpPeer {
            _address: EngineAddr::Inet(address),
            scheme: Scheme::from_tls_bool(upstream.tls()),
            // Never empty: an empty name would switch verification off in every TLS backend.
            sni: upstream.host().to_string(),
            proxy: None,
            client_cert_key: None,
            group_key: self.group(upstream, bond),
            options,
        }
    }

    async fn addresses(&self, upstream: &Upstream) -> Result<Arc<[SocketAddr]>, Error> {
        if !upstream.addresses().is_empty() {
            return Ok(Arc::clone(upstream.addresses()));
        }
        Ok(self
            .resolver
            .resolve(upstream.host(), upstream.port())
            .await?)
    }

    /// The engine leaves the CA out of its pool's key, so it goes in here, with the tenant's
    /// host: connections are never shared between tenants.
    fn group(&self, upstream: &Upstream, bond: Option<Bond>) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.rules.hash(&mut hasher);
        bond.hash(&mut hasher);
        upstream.host().hash(&mut hasher);
        hasher.finish()
    }
}

/// The time that a connection may be idle is for the wires: a timer of the engine's would be set with
/// every exchange.
fn options(upstreams: &Upstreams) -> PeerOptions {
    let timeouts = upstreams.timeouts;
    let mut options = PeerOptions::new();
    options.verify_cert = upstreams.tls.verify;
    options.verify_hostname = upstreams.tls.verify;
    options.read_timeout = Some(timeouts.read);
    options.write_timeout = Some(timeouts.write);
    options.http_upstream_request_policy = HttpUpstreamRequestPolicy::deny_upgrades();
    options
}

/// An upload that is given up must end in a reset: some stores keep an empty object when a
/// connection is closed in order before the first byte of the body that its head announced.
/// Connections are otherwise closed only while idle, when nothing can be lost.
fn prepare(socket: &TcpSocket, note: &Note) -> pingora::Result<()> {
    note.socket(socket);
    socket
        .set_zero_linger()
        .map_err(|error| pingora::Error::because(pingora::ErrorType::SocketError, "linger", error))
}

#[cfg(test)]
mod tests {
    use pingora::upstreams::peer::Peer as _;
    use portico_sdk::testkit;

    use super::*;

    fn place(host: &str) -> Upstream {
        Upstream::new(host, 443, true, [([127, 0, 0, 1], 443).into()].into())
    }

    async fn key(peers: &Peers, host: &str, attempts: &mut Attempts) -> u64 {
        let peer = peers.peer(&place(host), None, attempts).await.unwrap();
        assert_eq!(peer.sni(), host);
        peer.reuse_hash()
    }

    #[tokio::test]
    async fn connections_are_shared_within_a_tenant_and_a_set_of_authorities_alone() {
        let mut upstreams = testkit::upstreams();
        let peers = Peers::new(&upstreams, Wires::default());
        let one = key(&peers, "a.hcp.test", &mut Attempts::default()).await;
        let again = key(&peers, "a.hcp.test", &mut Attempts::default()).await;
        let other = key(&peers, "b.hcp.test", &mut Attempts::default()).await;
        assert_eq!(one, again);
        assert_ne!(one, other);
        upstreams.tls.ca_pem = Some(b"other authorities".as_slice().into());
        let stranger = Peers::new(&upstreams, Wires::default());
        let strange = key(&stranger, "a.hcp.test", &mut Attempts::default()).await;
        assert_ne!(one, strange);
    }

    #[tokio::test]
    async fn after_a_dead_connection_comes_a_fresh_one() {
        let peers = Peers::new(&testkit::upstreams(), Wires::default());
        let mut attempts = Attempts::default();
        let kept = key(&peers, "a.hcp.test", &mut attempts).await;
        attempts.connected(true);
        attempts.unanswered(false);
        let fresh = key(&peers, "a.hcp.test", &mut attempts).await;
        let fresher = key(&peers, "a.hcp.test", &mut attempts).await;
        assert!(kept != fresh && fresh != fresher);
    }
}
