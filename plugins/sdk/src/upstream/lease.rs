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
}

impl Lease {
    pub(super) fn new(health: Health, address: SocketAddr, trial: bool) -> Self {
        Self {
            health,
            address,
            trial,
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
        self.health.failed(self.address, how);
    }

    /// A fresh connection was made, TLS included.
    pub fn reached(&mut self) {
        self.trial = false;
        self.health
            .change(self.address, |known| known.condition.reached());
    }

    /// The head of a final answer has come, whatever its status.
    pub fn answered(&mut self) {
        self.trial = false;
        self.health
            .change(self.address, |known| known.condition.answered());
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let trial = self.trial;
        self.health.change(self.address, |known| {
            known.in_flight = known.in_flight.saturating_sub(1);
            if trial {
                known.condition.give_up_trial(Instant::now());
            }
            false
        });
    }
}
