//! What one exchange has tried so far, and where it goes next.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use portico_sdk::upstream::{Asking, Failure, Health, Lease, Retry, Stack};

use super::Bond;

/// The attempts of one exchange.
#[derive(Debug, Default)]
pub struct Attempts {
    /// The address of this attempt.
    lease: Option<Lease>,
    /// The request, once it has a connection and until its answer begins.
    asking: Option<Asking>,
    /// Addresses that could not be connected to.
    tried: Vec<SocketAddr>,
    choices: usize,
    /// When connecting must have come to an end, all addresses together.
    connect_by: Option<Instant>,
    /// When the whole exchange must have come to an end, all attempts together.
    end: Option<Instant>,
    reused: bool,
    fresh: bool,
}

/// Where to connect, and how long that may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Next {
    pub(super) address: SocketAddr,
    pub(super) limit: Duration,
    /// Whether a kept connection will not do: the last one turned out to be dead, and others of
    /// its age may be as well.
    pub(super) fresh: bool,
}

impl Attempts {
    /// The next address; `None` when every one was tried. `connect` is for all of them.
    pub(super) fn next(
        &mut self,
        addresses: &[SocketAddr],
        bond: Option<Bond>,
        health: &Health,
        connect: Duration,
    ) -> Option<Next> {
        self.lease = None;
        let lease = match bond {
            Some(bond) => health.choose_first(&bond.order(addresses), &self.tried),
            None => health.choose(addresses, &self.tried),
        };
        let lease = self.lease.insert(lease?);
        self.choices = addresses.len();
        let now = Instant::now();
        let by = *self.connect_by.get_or_insert(now + connect);
        let rest = by.saturating_duration_since(now);
        // A silent address must leave time for the others.
        let is_last = self.tried.len() + 1 >= self.choices;
        Some(Next {
            address: lease.address(),
            limit: if is_last { rest } else { rest / 2 },
            fresh: self.fresh,
        })
    }

    /// When the exchange must be over, counted from its first connection.
    pub(super) fn end(&mut self, total: Duration) -> Instant {
        *self.end.get_or_insert_with(|| Instant::now() + total)
    }

    /// There is no connection, for a reason of the address's own or of this machine's. Gives
    /// whether there is an address that was not tried: no byte of the request has been sent.
    pub fn connect_failed(&mut self, how: Option<Failure>) -> bool {
        if let Some(lease) = &mut self.lease {
            if let Some(how) = how {
                lease.failed(how);
            }
            self.tried.push(lease.address());
        }
        let more = self.tried.len() < self.choices;
        if more {
            self.repeated(Retry::Address);
        }
        more
    }

    /// The request is sent once more.
    pub fn repeated(&self, why: Retry) {
        if let Some(lease) = &self.lease {
            lease.health().repeated(why);
        }
    }

    /// There is a connection, kept from another exchange or fresh.
    pub fn connected(&mut self, reused: bool) {
        self.connect_by = None;
        self.reused = reused;
        let Some(lease) = &mut self.lease else { return };
        self.asking = Some(lease.health().ask(Stack::Forward));
        if !reused {
            lease.health().opened(Stack::Forward);
            lease.reached();
        }
    }

    /// The head of a final answer has come.
    pub fn answered(&mut self, status: u16) {
        if let Some(asking) = self.asking.take() {
            asking.answered();
        }
        if let Some(lease) = &mut self.lease {
            lease.answered(status);
        }
    }

    /// No answer has come on the connection. A kept one may have been closed in good order just
    /// then; a silent store is silent on any.
    pub fn unanswered(&mut self, silent: bool) {
        self.asking = None;
        self.fresh |= self.reused;
        if let (true, Some(lease)) = (silent || !self.reused, &mut self.lease) {
            lease.failed(Failure::NoAnswer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONNECT: Duration = Duration::from_secs(8);

    fn addresses() -> Vec<SocketAddr> {
        (1..=3).map(|port| ([127, 0, 0, 1], port).into()).collect()
    }

    fn next(attempts: &mut Attempts, health: &Health) -> Option<Next> {
        attempts.next(&addresses(), None, health, CONNECT)
    }

    #[test]
    fn each_address_is_tried_once_and_none_takes_all_the_time() {
        let (health, mut attempts) = (Health::default(), Attempts::default());
        let one = next(&mut attempts, &health).unwrap();
        assert!(one.limit <= CONNECT / 2);
        assert!(attempts.connect_failed(Some(Failure::Timeout)));
        let two = next(&mut attempts, &health).unwrap();
        assert!(attempts.connect_failed(Some(Failure::Timeout)));
        let three = next(&mut attempts, &health).unwrap();
        assert!(three.limit > CONNECT / 2, "the last one has what is left");
        assert!(!attempts.connect_failed(Some(Failure::Timeout)));
        let mut tried = [one, two, three].map(|next| next.address);
        tried.sort();
        assert_eq!(tried[..], addresses());
        assert!(next(&mut attempts, &health).is_none());
    }

    #[test]
    fn a_bond_keeps_to_its_address_while_that_is_in() {
        let (health, bond) = (Health::default(), Bond::fresh());
        let next = || {
            let mut attempts = Attempts::default();
            let next = attempts.next(&addresses(), Some(bond), &health, CONNECT);
            (next.unwrap().address, attempts)
        };
        let (first, mut attempts) = next();
        assert!((0..5).all(|_| next().0 == first));
        attempts.connect_failed(Some(Failure::Unreachable));
        let (second, _attempts) = next();
        assert_ne!(first, second);
        assert!((0..5).all(|_| next().0 == second));
    }

    #[test]
    fn a_dead_connection_is_not_held_against_its_address() {
        let (health, mut attempts) = (Health::default(), Attempts::default());
        let all = &addresses()[..1];
        for fresh in [false, true, true] {
            let next = attempts.next(all, None, &health, CONNECT).unwrap();
            assert_eq!(next.fresh, fresh);
            attempts.connected(true);
            attempts.unanswered(false);
        }
        let again = attempts.next(all, None, &health, CONNECT).unwrap();
        assert!(again.fresh, "another kept one may be as dead");
        drop(attempts);
        assert!((0..3).any(|_| next(&mut Attempts::default(), &health).unwrap().address == all[0]));
    }

    #[test]
    fn prometheus_is_told_of_each_further_try() {
        let (health, registry) = (Health::default(), prometheus::Registry::new());
        health.register(&registry).unwrap();
        let mut attempts = Attempts::default();
        for more in [true, true, false] {
            next(&mut attempts, &health).unwrap();
            assert_eq!(attempts.connect_failed(Some(Failure::Unreachable)), more);
        }
        let encoder = prometheus::TextEncoder::new();
        let text = encoder.encode_to_string(&registry.gather()).unwrap();
        for line in [
            r#"portico_upstream_retries_total{cause="address"} 2"#,
            r#"portico_upstream_failures_total{cause="unreachable"} 3"#,
            r#"portico_upstream_requests_in_flight{stack="forward"} 0"#,
        ] {
            assert!(text.contains(line), "{text}");
        }
    }

    #[test]
    fn a_fault_of_this_machine_is_not_held_against_the_address() {
        let (health, mut attempts) = (Health::default(), Attempts::default());
        let first = next(&mut attempts, &health).unwrap();
        assert!(attempts.connect_failed(None));
        drop(attempts);
        let others = (0..3).map(|_| next(&mut Attempts::default(), &health).unwrap().address);
        assert!(others.into_iter().any(|address| address == first.address));
    }
}
