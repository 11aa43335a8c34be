//! How much is under way, and who is refused because it is too much: all together, one principal, or
//! as many as the process itself is behind.

mod lateness;
mod places;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use prometheus::{Gauge, IntCounter, IntCounterVec, Opts};

use crate::error::{Error, Reason};
use crate::exchange::Exchange;
use crate::principal::Principal;
use crate::route::{Door, Listener};

pub use lateness::{EVERY, Lateness};
pub use places::Place;

use places::Places;

/// When whoever was refused may try again.
const WAIT: Duration = Duration::from_secs(1);

/// How much may be under way; 0 stands for any number each time, and for never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LoadLimits {
    /// Exchanges of everybody.
    pub requests: usize,
    /// Exchanges of one principal.
    pub per_principal: usize,
    /// How late the process may be all the time before a share of new exchanges is refused.
    pub lateness: Duration,
}

/// The load of a house. Streams count until they end.
#[derive(Debug, Default)]
pub struct Load {
    requests: AtomicUsize,
    per_principal: AtomicUsize,
    places: Places,
    lateness: Lateness,
    counters: Option<Counters>,
}

#[derive(Debug)]
struct Counters {
    requests: IntCounter,
    per_principal: IntCounter,
    lateness: IntCounter,
    late: Gauge,
    share: Gauge,
}

impl Load {
    /// A load that is counted, without any limit yet.
    ///
    /// # Errors
    /// The names of its metrics are taken.
    pub fn new(metrics: &prometheus::Registry) -> Result<Self, prometheus::Error> {
        Ok(Self {
            counters: Some(Counters::register(metrics)?),
            ..Self::default()
        })
    }

    /// From now on these limits hold; whatever is under way goes on.
    pub fn limit(&self, limits: LoadLimits) {
        self.requests.store(limits.requests, Ordering::Relaxed);
        self.per_principal
            .store(limits.per_principal, Ordering::Relaxed);
        self.lateness.aim(limits.lateness);
    }

    /// Lets a new exchange begin, `under_way` being the number of all with this one. Operators and
    /// health checks always may.
    ///
    /// # Errors
    /// [`Reason::Overloaded`]: there are too many, or the process is behind.
    pub fn admit(&self, exchange: &Exchange, under_way: usize) -> Result<(), Error> {
        let limit = self.requests.load(Ordering::Relaxed);
        let is_full = limit > 0 && under_way > limit;
        if !is_full && !self.lateness.is_shedding() {
            return Ok(());
        }
        if is_exempt(exchange) {
            return Ok(());
        }
        if is_full {
            return Err(self.refuse(Reason::Overloaded, |counters| &counters.requests));
        }
        if self.lateness.refuses() {
            return Err(self.refuse(Reason::Overloaded, |counters| &counters.lateness));
        }
        Ok(())
    }

    /// Takes a place for an exchange of a principal until what is returned is dropped; `None`: places
    /// are not counted.
    ///
    /// # Errors
    /// [`Reason::SlowDown`]: the principal has all that it may have.
    pub fn take_place(&self, principal: &Principal) -> Result<Option<Place>, Error> {
        let limit = self.per_principal.load(Ordering::Relaxed);
        if limit == 0 {
            return Ok(None);
        }
        let tenant = principal.tenant.as_ref().map(crate::Tenant::as_str);
        let place = self.places.take((tenant, principal.user.as_str()), limit);
        if place.is_none() {
            return Err(self.refuse(Reason::SlowDown, |counters| &counters.per_principal));
        }
        Ok(place)
    }

    /// Notes how late something was that should have happened every [`EVERY`].
    pub fn note_lateness(&self, late: Duration) {
        self.lateness.note(late);
        if let Some(counters) = &self.counters {
            counters.late.set(self.lateness.late().as_secs_f64());
            counters.share.set(self.lateness.share());
        }
    }

    fn refuse(&self, reason: Reason, counter: impl Fn(&Counters) -> &IntCounter) -> Error {
        if let Some(counters) = &self.counters {
            counter(counters).inc();
        }
        Error::new(reason).retry_after(WAIT)
    }
}

/// What tells whether the process runs, and what steers it, is never refused.
fn is_exempt(exchange: &Exchange) -> bool {
    let open = matches!(exchange.route.door, Door::Rest { public: true });
    exchange.arrival.listener == Listener::Admin || (open && exchange.head.method().is_safe())
}

impl Counters {
    fn register(metrics: &prometheus::Registry) -> Result<Self, prometheus::Error> {
        let refused = Opts::new(
            "portico_requests_refused_total",
            "Requests that were refused before any work, because there was too much, by cause.",
        );
        let refused = IntCounterVec::new(refused, &["cause"])?;
        let late = Gauge::new(
            "portico_lateness_seconds",
            "How late the process has been all the time lately: what it had to do waited at least so long.",
        )?;
        let share = Gauge::new(
            "portico_shed_ratio",
            "The share of new requests that is refused because the process is behind.",
        )?;
        metrics.register(Box::new(refused.clone()))?;
        metrics.register(Box::new(late.clone()))?;
        metrics.register(Box::new(share.clone()))?;
        let of = |cause| refused.with_label_values(&[cause]);
        Ok(Self {
            requests: of("requests"),
            per_principal: of("requests_per_principal"),
            lateness: of("lateness"),
            late,
            share,
        })
    }
}

#[cfg(test)]
mod tests;
