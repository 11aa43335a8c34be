//! Failed proofs are slowed down, per address and per user: guessing gets slow, and whoever proves
//! who they are does not notice.
//!
//! Every failed proof charges the bucket of the client's address and that of the user whom it
//! claimed. A bucket holds a burst and drains at a steady rate. What spills over is owed: the next
//! failed answer waits that long, and an address that owes too much is refused before its proof is
//! looked at. Good proofs wait for nobody's failures.

mod buckets;

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use prometheus::{IntCounter, IntCounterVec, Opts};
use tokio::sync::Semaphore;

use crate::credential::hcp_access_key;
use crate::error::{Error, Reason};
use crate::tenant::Tenant;

use buckets::Buckets;

/// How many refusals may wait at the same time; more are sent away at once.
const WAITING: usize = 1024;

/// Bits of an IPv6 address that name a client's network (RFC 6177): the rest is the client's choice.
const NETWORK: u32 = 64;

/// How fast failed proofs may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many at once.
    pub burst: u32,
    /// How many a minute after that; not zero.
    pub per_minute: u32,
    /// The longest that one answer waits. An address that owes twice as much is refused.
    pub at_most: Duration,
}

/// What kind of proof failed; the label of the metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    /// A signature, or an access key that nobody has.
    Signature,
    /// A token.
    Token,
    /// User name and password.
    Login,
    /// A credential that the store refused.
    Store,
}

impl Failed {
    const ALL: [Self; 4] = [Self::Signature, Self::Token, Self::Login, Self::Store];

    /// What failed when a phase ended with this; `None`: no proof did, or it says nothing of
    /// guessing, as an expired token or a clock that is off.
    #[must_use]
    pub fn of(reason: Reason) -> Option<Self> {
        match reason {
            Reason::SignatureDoesNotMatch | Reason::InvalidAccessKeyId => Some(Self::Signature),
            Reason::InvalidToken => Some(Self::Token),
            Reason::LoginRefused => Some(Self::Login),
            _ => None,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Token => "token",
            Self::Login => "login",
            Self::Store => "store",
        }
    }
}

/// The brake of a house.
#[derive(Debug)]
pub struct Brake {
    rate: ArcSwapOption<Rate>,
    buckets: Buckets,
    waiting: Semaphore,
    counters: Option<Counters>,
}

#[derive(Debug)]
struct Counters {
    failed: IntCounterVec,
    slowed: IntCounter,
}

impl Brake {
    /// A brake that counts what it sees, and with `None` does nothing else.
    ///
    /// # Errors
    /// The names of its metrics are taken.
    pub fn new(
        rate: Option<Rate>,
        metrics: &prometheus::Registry,
    ) -> Result<Self, prometheus::Error> {
        Ok(Self {
            rate: rate.map(Arc::new).into(),
            counters: Some(Counters::register(metrics)?),
            ..Self::default()
        })
    }

    /// From now on failed proofs may come so fast; what is owed already stays owed.
    pub fn set(&self, rate: Option<Rate>) {
        self.rate.store(rate.map(Arc::new));
    }

    fn rate(&self) -> Option<Rate> {
        self.rate.load().as_deref().copied()
    }

    /// Lets a request pass on to where its proof is looked at. One atomic load while nobody failed
    /// lately.
    ///
    /// # Errors
    /// [`Reason::SlowDown`]: the address owes too much.
    pub fn admit(&self, client: Option<SocketAddr>) -> Result<(), Error> {
        let (Some(rate), Some(client)) = (self.rate(), client) else {
            return Ok(());
        };
        if self.buckets.are_empty(Instant::now) {
            return Ok(());
        }
        let owed = self
            .buckets
            .owed(address(client.ip()), rate, Instant::now());
        if owed <= rate.at_most * 2 {
            return Ok(());
        }
        self.count_slowed();
        Err(slow_down(owed))
    }

    /// Notes a failed proof, and tells how long its answer should wait.
    pub fn charge(
        &self,
        way: Failed,
        client: Option<SocketAddr>,
        user: Option<&Claimed>,
    ) -> Duration {
        if let Some(counters) = &self.counters {
            counters.failed.with_label_values(&[way.label()]).inc();
        }
        let Some(rate) = self.rate() else {
            return Duration::ZERO;
        };
        let now = Instant::now();
        let address = client.map(|client| address(client.ip()));
        let user = user.map(Claimed::key);
        let keys = address.into_iter().chain(user);
        let owed = keys.map(|key| self.buckets.charge(key, rate, now)).max();
        owed.unwrap_or_default().min(rate.at_most)
    }

    /// Lets the answer to a failed proof wait its time; what is no failed proof does not.
    ///
    /// Dropping the future, because the client left, ends the wait and not the charge.
    pub async fn slow(&self, error: Error, client: Option<SocketAddr>) -> Error {
        let Some(way) = Failed::of(error.reason()) else {
            return error;
        };
        let delay = self.charge(way, client, error.claimed());
        if delay.is_zero() {
            return error;
        }
        self.count_slowed();
        let Ok(_place) = self.waiting.try_acquire() else {
            return slow_down(delay);
        };
        tokio::time::sleep(delay).await;
        error
    }

    fn count_slowed(&self) {
        if let Some(counters) = &self.counters {
            counters.slowed.inc();
        }
    }
}

/// A brake that does nothing.
impl Default for Brake {
    fn default() -> Self {
        Self {
            rate: ArcSwapOption::empty(),
            buckets: Buckets::new(),
            waiting: Semaphore::new(WAITING),
            counters: None,
        }
    }
}

impl Counters {
    fn register(metrics: &prometheus::Registry) -> Result<Self, prometheus::Error> {
        let failed = Opts::new(
            "portico_failed_proofs_total",
            "Proofs of identity that did not hold, by kind.",
        );
        let failed = IntCounterVec::new(failed, &["way"])?;
        for way in Failed::ALL {
            failed.with_label_values(&[way.label()]);
        }
        let slowed = IntCounter::new(
            "portico_slowed_total",
            "Answers that waited, or were refused unseen, after too many failed proofs.",
        )?;
        metrics.register(Box::new(failed.clone()))?;
        metrics.register(Box::new(slowed.clone()))?;
        Ok(Self { failed, slowed })
    }
}

/// Whom a proof that failed claimed to be. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Claimed {
    tenant: Option<Tenant>,
    access_key: Box<str>,
}

impl Claimed {
    /// The holder of an access key.
    #[must_use]
    pub fn access_key(tenant: Option<&Tenant>, access_key: &str) -> Self {
        Self {
            tenant: tenant.cloned(),
            access_key: access_key.into(),
        }
    }

    /// A user by name: the same as by the access key that follows from the name.
    #[must_use]
    pub fn user(tenant: Option<&Tenant>, user: &str) -> Self {
        Self::access_key(tenant, &hcp_access_key(user))
    }

    fn key(&self) -> buckets::Key<'_> {
        let tenant = self.tenant.as_ref().map(Tenant::as_str);
        buckets::Key::User(tenant, &self.access_key)
    }
}

impl fmt::Debug for Claimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claimed(..)")
    }
}

/// The bucket of an address: for IPv6 that of its network, and an IPv4 address in IPv6's clothes is
/// the same client.
fn address(client: IpAddr) -> buckets::Key<'static> {
    let network = match client.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(
            six.to_bits() >> (128 - NETWORK) << (128 - NETWORK),
        )),
        four @ IpAddr::V4(_) => four,
    };
    buckets::Key::Address(network)
}

fn slow_down(owed: Duration) -> Error {
    let words = "Too many failed attempts. Please try again later.";
    Error::with_message(Reason::SlowDown, words).retry_after(owed)
}

#[cfg(test)]
mod tests;
