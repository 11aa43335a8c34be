//! One use of an address, from the connection to the end of the exchange.

use std::net::SocketAddr;
use std::time::Instant;

use super::{Failure, Health};

/// An address in use. Whoever holds it says what comes of it; dropping it ends the use.
#[derive(Debug)]
pub struct Lease {
    health: Health,
    address: SocketAddr,
    /// Whether this use was to find out if the address is back, and has not yet.
    trial: bool,
    /// The same of the breaker, which wants an answer.
    probing: bool,
}

impl Lease {
    pub(super) fn new(health: Health, address: SocketAddr, trial: bool, probing: bool) -> Self {
        Self {
            health,
            address,
            trial,
            probing,
        }
    }

    /// Where to connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What is known of all addresses.
    #[must_use]
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// It did not work, and that was the address's fault.
    pub fn failed(&mut self, how: Failure) {
        self.trial = false;
        // A failure that a breaker does not count leaves the finding out to the next.
        self.probing &= how == Failure::Tls;
        self.health.failed(self.address, how);
    }

    /// A fresh connection was made, TLS included.
    pub fn reached(&mut self) {
        self.trial = false;
        self.health
            .change(self.address, |known| known.condition.reached());
    }

    /// The head of a final answer has come. The status is for the breaker alone.
    pub fn answered(&mut self, status: u16) {
        self.trial = false;
        self.probing = false;
        self.health.heard(self.address, status);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let (trial, probing) = (self.trial, self.probing);
        self.health.change(self.address, |known| {
            known.in_flight = known.in_flight.saturating_sub(1);
            if trial {
                known.condition.give_up_trial(Instant::now());
            }
            if probing {
                known.circuit.give_up();
            }
            false
        });
    }
}
