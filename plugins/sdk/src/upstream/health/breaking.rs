//! What breakers are told, and what they say.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::super::Failure;
use super::super::circuit::{Breaker, Turn};
use super::{Health, Known};

/// Statuses by which a store says that it is at fault. 503 is none: a busy HCP says it, and more
/// requests are answered all the while.
const FAULTS: [u16; 3] = [500, 502, 504];

/// The shortest time that a caller is told to wait.
const WAIT: Duration = Duration::from_secs(1);

impl Health {
    /// From now on these rules hold; `None`: no breaker opens, and those that are open close.
    pub fn break_by(&self, rules: Option<Breaker>) {
        self.0.breaker.store(rules.map(Arc::new));
        if rules.is_none() {
            let all: Vec<_> = self.known().keys().copied().collect();
            for address in all {
                self.turn(address, |known| known.circuit.close());
            }
        }
    }

    /// How long a caller should wait when the breakers of all these addresses are open; `None`: one
    /// may be asked.
    #[must_use]
    pub fn refusal(&self, addresses: &[SocketAddr]) -> Option<Duration> {
        if self.0.breaker.load().is_none() || addresses.is_empty() {
            return None;
        }
        let now = Instant::now();
        let known = self.known();
        let mut left = Duration::MAX;
        for address in addresses {
            let circuit = known.get(address).map(|known| &known.circuit)?;
            if circuit.lets(|| now) {
                return None;
            }
            left = left.min(circuit.left(now));
        }
        drop(known);
        if let Some(figures) = self.0.figures.get() {
            figures.refused();
        }
        Some(left.max(WAIT))
    }

    /// How often a breaker has opened: who keeps connections has to look through them when this has
    /// grown.
    #[must_use]
    pub fn openings(&self) -> u64 {
        self.0.openings.load(Ordering::Relaxed)
    }

    /// Whether the breaker of an address is open, or lets one request find out: no connection may be
    /// used that was not chosen for it.
    #[must_use]
    pub fn is_resting(&self, address: SocketAddr) -> bool {
        let known = self.known();
        known
            .get(&address)
            .is_some_and(|known| known.circuit.is_open())
    }

    /// An answer has come from an address, for a request that has no lease there. A connection may
    /// outlive what was known of its address.
    pub fn heard(&self, address: SocketAddr, status: u16) {
        let now = Instant::now();
        let mut known = self.known();
        let back = self
            .remember(&mut known, address, now)
            .is_some_and(|known| {
                known.used = now;
                known.condition.answered()
            });
        drop(known);
        if back {
            self.is_back(address);
        }
        self.judged(address, status);
    }

    /// A request that has no lease there had no answer from an address in its time.
    pub fn unheard(&self, address: SocketAddr) {
        self.failed(address, Failure::NoAnswer);
    }

    /// The breaker sees an answer.
    fn judged(&self, address: SocketAddr, status: u16) {
        if let Some(rules) = &*self.0.breaker.load() {
            let (fault, now) = (FAULTS.contains(&status), Instant::now());
            self.turn(address, |known| known.circuit.answered(fault, now, rules));
        }
    }

    /// The breaker sees a failure. TLS may fail for the name of one tenant alone.
    pub(super) fn missed(&self, address: SocketAddr, how: Failure, now: Instant) {
        let rules = self.0.breaker.load();
        if let (Some(rules), false) = (&*rules, how == Failure::Tls) {
            self.turn(address, |known| known.circuit.failed(now, rules));
        }
    }

    fn turn(&self, address: SocketAddr, event: impl FnOnce(&mut Known) -> Turn) {
        let turn = self.known().get_mut(&address).map_or(Turn::None, event);
        let figures = self.0.figures.get();
        match turn {
            Turn::None => {}
            Turn::Opened(time) => {
                self.0.openings.fetch_add(1, Ordering::Relaxed);
                if let Some(figures) = figures {
                    figures.opened(address);
                }
                let millis = time.as_millis();
                tracing::warn!(%address, millis, "an address of the store is given a rest");
            }
            Turn::Closed => {
                if let Some(figures) = figures {
                    figures.closed(address);
                }
                tracing::info!(%address, "an address of the store is asked again");
            }
        }
    }
}
