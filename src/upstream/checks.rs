//! Checks of addresses in the background: whoever is down is known before a request finds out,
//! and whoever is back is found by no request at all.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pingora::connectors::{ConnectorOptions, TransportConnector};
use portico_sdk::upstream::{Health, Upstream};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::Peers;
use crate::failure;

/// How many checks run at once.
const AT_ONCE: usize = 16;
/// How many addresses are checked; DNS must not be able to make it more.
const ADDRESSES: usize = 512;
/// How long an address is checked that no request has asked for.
const MEMORY: Duration = Duration::from_mins(10);
/// How often an address that is in use is noted again.
const OFTEN: Duration = Duration::from_secs(10);

/// The addresses that requests use, each with the name that its certificate is checked for.
///
/// An only address is not among them: it is used whatever a check finds, and the readiness
/// probe asks it anyway.
#[derive(Debug, Default)]
pub(super) struct Watchlist(Mutex<HashMap<SocketAddr, (Upstream, Instant)>>);

impl Watchlist {
    pub(super) fn note(&self, upstream: &Upstream, addresses: &[SocketAddr]) {
        let (Some(first), true) = (addresses.first(), addresses.len() > 1) else {
            return;
        };
        let now = Instant::now();
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let noted = list.get(first);
        let lately = |(_, at): &(Upstream, Instant)| now.duration_since(*at) < OFTEN;
        if noted.is_some_and(|noted| noted.0.tls() == upstream.tls() && lately(noted)) {
            return;
        }
        for address in addresses {
            if list.len() < ADDRESSES || list.contains_key(address) {
                list.insert(*address, (upstream.clone(), now));
            }
        }
    }

    /// Those that are still in use.
    fn current(&self) -> Vec<(SocketAddr, Upstream)> {
        let now = Instant::now();
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        list.retain(|_, (_, at)| now.duration_since(*at) < MEMORY);
        let all = list.iter();
        all.map(|(address, (upstream, _))| (*address, upstream.clone()))
            .collect()
    }
}

/// The task that checks: TCP, and TLS as the engine speaks it.
pub struct Checks {
    peers: Arc<Peers>,
    health: Health,
    connector: Arc<TransportConnector>,
    every: Duration,
}

impl Checks {
    /// Checks that trust the authorities of a PEM file, or the system's.
    #[must_use]
    pub fn new(peers: Arc<Peers>, every: Duration, ca_file: Option<String>) -> Self {
        let mut options = ConnectorOptions::new(1);
        options.ca_file = ca_file;
        Self {
            health: peers.health.clone(),
            peers,
            connector: Arc::new(TransportConnector::new(Some(options))),
            every,
        }
    }

    /// Checks for ever.
    pub async fn run(self) {
        let mut ticks = interval(self.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.round().await;
            self.health.forget_old();
        }
    }

    async fn round(&self) {
        for some in self.peers.watchlist.current().chunks(AT_ONCE) {
            let mut running = JoinSet::new();
            for (address, upstream) in some {
                let peer = self.peers.checked(upstream, *address);
                let (health, connector) = (self.health.clone(), Arc::clone(&self.connector));
                let address = *address;
                running.spawn(async move {
                    match connector.new_stream(&peer).await {
                        Ok(_stream) => health.checked(address, Ok(())),
                        Err(fault) => {
                            if let Some(how) = failure::connecting(&fault) {
                                health.checked(address, Err(how));
                            }
                        }
                    }
                });
            }
            running.join_all().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upstream(tls: bool) -> Upstream {
        Upstream::new("t.hcp.test", 443, tls, [].into())
    }

    #[test]
    fn only_addresses_that_have_an_alternative_are_checked() {
        let list = Watchlist::default();
        let all: Vec<SocketAddr> = (1..=2000)
            .map(|port| ([127, 0, 0, 1], port).into())
            .collect();
        list.note(&upstream(false), &all[..1]);
        list.note(&upstream(false), &[]);
        assert!(list.current().is_empty());
        list.note(&upstream(false), &all[..2]);
        list.note(&upstream(true), &all[..2]);
        let current = list.current();
        assert_eq!(current.len(), 2);
        assert!(current.iter().all(|(_, upstream)| upstream.tls()));
        list.note(&upstream(true), &all[5..]);
        assert_eq!(list.current().len(), ADDRESSES);
    }
}
