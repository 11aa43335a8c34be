//! From the name of an upstream to a connection the engine can make: address, SNI, TLS rules,
//! timeouts.

mod resolve;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use pingora::upstreams::peer::{HttpPeer, HttpUpstreamRequestPolicy, PeerOptions, Scheme};
use portico_sdk::upstream::{Upstream, Upstreams};
use portico_sdk::{Error, Reason};

pub use resolve::Resolver;

/// Makes peers; one for the whole process.
pub struct Peers {
    resolver: Resolver,
    options: PeerOptions,
    rules: u64,
    turn: AtomicUsize,
}

/// What ties one client's connection to connections to the store that serve nobody else: a number
/// that no other client's connection gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bond(u64);

impl Bond {
    /// The bond of one more client's connection.
    #[must_use]
    pub fn fresh() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The addresses in an order of their own, which a lookup cannot change: the next request must
    /// find the connection of this one.
    fn order(self, addresses: &[SocketAddr]) -> Arc<[SocketAddr]> {
        let mut addresses = addresses.to_vec();
        addresses.sort_unstable();
        let turn = usize::try_from(self.0).unwrap_or_default() % addresses.len().max(1);
        addresses.rotate_left(turn);
        addresses.into()
    }
}

/// Which addresses an exchange has tried.
#[derive(Debug, Default)]
pub struct Attempts {
    first: Option<usize>,
    made: usize,
    choices: usize,
}

impl Attempts {
    /// The index of the address to try now; `choices` is at least one.
    fn next(&mut self, choices: usize, turn: &AtomicUsize) -> usize {
        let first = *self
            .first
            .get_or_insert_with(|| turn.fetch_add(1, Ordering::Relaxed));
        let index = first.wrapping_add(self.made) % choices;
        self.made += 1;
        self.choices = choices;
        index
    }

    /// Whether there is an address that was not tried yet.
    #[must_use]
    pub fn may_go_on(&self) -> bool {
        self.made < self.choices
    }
}

impl Peers {
    /// Peers that follow the TLS rules and timeouts of the settings.
    #[must_use]
    pub fn new(upstreams: &Upstreams) -> Self {
        let mut rules = DefaultHasher::new();
        upstreams.tls.ca_pem.hash(&mut rules);
        Self {
            resolver: Resolver::default(),
            options: options(upstreams),
            rules: rules.finish(),
            turn: AtomicUsize::new(0),
        }
    }

    /// The peer for the next attempt. Exchanges begin at different addresses, attempts of one
    /// exchange go on to the next. With a bond it is the same address each time, and a connection
    /// that serves this bond alone.
    ///
    /// # Errors
    /// The name has no address, or cannot be looked up and never could.
    pub async fn peer(
        &self,
        upstream: &Upstream,
        bond: Option<Bond>,
        attempts: &mut Attempts,
    ) -> Result<HttpPeer, Error> {
        let mut addresses = self.addresses(upstream).await?;
        if let Some(bond) = bond {
            addresses = bond.order(&addresses);
            attempts.first.get_or_insert(0);
        }
        let address = addresses[attempts.next(addresses.len(), &self.turn)];
        Ok(HttpPeer {
            _address: pingora::protocols::l4::socket::SocketAddr::Inet(address),
            scheme: Scheme::from_tls_bool(upstream.tls),
            // Never empty: an empty name would switch verification off in every TLS backend.
            sni: upstream.host.to_string(),
            proxy: None,
            client_cert_key: None,
            group_key: self.group(upstream, bond),
            options: self.options.clone(),
        })
    }

    async fn addresses(&self, upstream: &Upstream) -> Result<Arc<[SocketAddr]>, Error> {
        if !upstream.addresses.is_empty() {
            return Ok(Arc::clone(&upstream.addresses));
        }
        let found = self.resolver.resolve(&upstream.host, upstream.port).await;
        found.map_err(|error| Error::new(Reason::ServiceUnavailable).because(error))
    }

    /// The engine leaves the CA out of its pool's key, so it goes in here, with the tenant's
    /// host: connections are never shared between tenants.
    fn group(&self, upstream: &Upstream, bond: Option<Bond>) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.rules.hash(&mut hasher);
        bond.hash(&mut hasher);
        upstream.host.hash(&mut hasher);
        hasher.finish()
    }
}

fn options(upstreams: &Upstreams) -> PeerOptions {
    let timeouts = upstreams.timeouts;
    let mut options = PeerOptions::new();
    options.verify_cert = upstreams.tls.verify;
    options.verify_hostname = upstreams.tls.verify;
    options.connection_timeout = Some(timeouts.connect);
    options.total_connection_timeout = Some(timeouts.connect);
    options.read_timeout = Some(timeouts.read);
    options.write_timeout = Some(timeouts.write);
    options.idle_timeout = Some(timeouts.idle);
    options.http_upstream_request_policy = HttpUpstreamRequestPolicy::deny_upgrades();
    options.upstream_tcp_sock_tweak_hook = Some(Arc::new(reset_on_close));
    options
}

/// An upload that is given up must end in a reset: some stores keep an empty object when a
/// connection is closed in order before the first byte of the body that its head announced.
/// Connections are otherwise closed only while idle, when nothing can be lost.
fn reset_on_close(socket: &tokio::net::TcpSocket) -> pingora::Result<()> {
    socket
        .set_zero_linger()
        .map_err(|error| pingora::Error::because(pingora::ErrorType::SocketError, "linger", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exchanges_take_turns_and_attempts_go_round_once() {
        let turn = AtomicUsize::new(0);
        let mut one = Attempts::default();
        assert_eq!((one.next(3, &turn), one.next(3, &turn)), (0, 1));
        assert!(one.may_go_on());
        assert_eq!(one.next(3, &turn), 2);
        assert!(!one.may_go_on());
        assert_eq!(Attempts::default().next(3, &turn), 1);
    }

    #[test]
    fn a_bond_keeps_to_its_address() {
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let (one, other) = (Bond(4), Bond(5));
        let before = one.order(&[address(1), address(2), address(3)]);
        let after = one.order(&[address(3), address(1), address(2)]);
        assert_eq!(before, after);
        assert_ne!(before[0], other.order(&after)[0]);
        assert_ne!(Bond::fresh(), Bond::fresh());
    }
}
