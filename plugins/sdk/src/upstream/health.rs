//! Which addresses of the store answer, and which is the next to use: one knowledge for every
//! stack that connects to them, whatever tenant is meant.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use prometheus::Registry;

use super::Failure;
use super::circuit::{Breaker, Circuit};
use super::condition::Condition;
use super::figures::Figures;
use super::lease::Lease;
use super::traffic::Traffic;

/// How many addresses are remembered; DNS must not be able to fill the memory.
const ADDRESSES: usize = 1024;
/// How long an address is remembered that nobody has used.
const MEMORY: Duration = Duration::from_mins(10);

/// The knowledge. Cheap to clone; clones share it.
///
/// An address that fails is out for a while, and longer each time. Then one request finds out
/// whether it is back, or a check, where addresses are checked ([`Health::checked`]). Where
/// every address is out, all are used, an only one too, until their breakers open
/// ([`Health::break_by`]): then nobody waits for them but one request now and then.
#[derive(Clone, Default)]
pub struct Health(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// Ordered, because comparing addresses is cheaper than hashing them.
    known: Mutex<BTreeMap<SocketAddr, Known>>,
    turn: AtomicUsize,
    figures: OnceLock<Figures>,
    breaker: ArcSwapOption<Breaker>,
    /// How often a breaker has opened.
    openings: AtomicU64,
}

pub(super) struct Known {
    pub(super) condition: Condition,
    pub(super) circuit: Circuit,
    pub(super) in_flight: usize,
    /// Whether checks find out that it is back, so that no request has to.
    watched: bool,
    used: Instant,
}

impl Known {
    fn new(now: Instant) -> Self {
        Self {
            condition: Condition::default(),
            circuit: Circuit::default(),
            in_flight: 0,
            watched: false,
            used: now,
        }
    }
}

impl Health {
    /// Tells Prometheus from now on.
    ///
    /// # Errors
    /// The registry has these metrics already.
    pub fn register(&self, registry: &Registry) -> prometheus::Result<()> {
        let figures = Figures::new(registry)?;
        for (address, known) in &*self.known() {
            figures.healthy(*address, known.condition.is_in());
        }
        // A second registry is none of ours: the first one stays.
        let _ = self.0.figures.set(figures);
        Ok(())
    }

    /// The address to use now, of those that are not among `tried`; `None` when there is no
    /// other, or whose breaker lets nobody pass.
    ///
    /// Of the addresses that are in, it is the one with the fewest exchanges under way: a slow
    /// one gathers them and gets less. Equal ones take turns.
    #[must_use]
    pub fn choose(&self, addresses: &[SocketAddr], tried: &[SocketAddr]) -> Option<Lease> {
        let now = Instant::now();
        let turn = self.0.turn.fetch_add(1, Ordering::Relaxed);
        let known = self.known();
        let start = turn.checked_rem(addresses.len())?;
        let (before, after) = addresses.split_at(start);
        let left = || {
            let turns = after.iter().chain(before);
            turns.filter(|it| !tried.contains(it) && lets(&known, it, now))
        };
        let due = left().find(|address| is_due(&known, address, now));
        let least = |only_in: bool| {
            left()
                .filter(|it| !only_in || is_in(&known, it))
                .min_by_key(|address| in_flight(&known, address))
        };
        let chosen = *due.or_else(|| least(true)).or_else(|| least(false))?;
        let trial = due.is_some();
        Some(self.lease(known, chosen, trial))
    }

    /// The first of these addresses that is in and not among `tried`, or else the first that was
    /// not tried: for exchanges that must keep to one address.
    #[must_use]
    pub fn choose_first(&self, addresses: &[SocketAddr], tried: &[SocketAddr]) -> Option<Lease> {
        let now = Instant::now();
        let known = self.known();
        let left = || {
            let order = addresses.iter();
            order.filter(|it| !tried.contains(it) && lets(&known, it, now))
        };
        let chosen = *left()
            .find(|it| is_in(&known, it))
            .or_else(|| left().next())?;
        Some(self.lease(known, chosen, false))
    }

    fn lease(
        &self,
        mut known: MutexGuard<'_, BTreeMap<SocketAddr, Known>>,
        address: SocketAddr,
        trial: bool,
    ) -> Lease {
        let now = Instant::now();
        let mut probing = false;
        if let Some(entry) = self.remember(&mut known, address, now) {
            entry.used = now;
            entry.in_flight += 1;
            probing = entry.circuit.begin();
            if trial {
                entry.condition.begin_trial();
            }
        }
        drop(known);
        Lease::new(self.clone(), address, trial, probing)
    }

    /// Notes what a check of an address has found; from now on only checks try it when it is out.
    pub fn checked(&self, address: SocketAddr, found: Result<(), Failure>) {
        let now = Instant::now();
        self.remember(&mut self.known(), address, now);
        self.change(address, |known| {
            known.watched = true;
            known.used = now;
            match found {
                Ok(()) if known.condition.is_due(now) => known.condition.reached(),
                _ => false,
            }
        });
        if let Err(failure) = found {
            self.failed(address, failure);
        }
    }

    /// Forgets addresses that nobody has used for long.
    pub fn forget_old(&self) {
        let now = Instant::now();
        self.prune(&mut self.known(), now);
    }

    pub(super) fn failed(&self, address: SocketAddr, how: Failure) {
        let (now, luck) = (Instant::now(), RandomState::new().build_hasher().finish());
        let mut known = self.known();
        let out = self
            .remember(&mut known, address, now)
            .and_then(|known| known.condition.failed(how, now, luck));
        drop(known);
        if let Some(traffic) = self.traffic() {
            traffic.failed(how);
        }
        self.missed(address, how, now);
        let Some(time) = out else { return };
        if let Some(figures) = self.0.figures.get() {
            figures.ejected(address, how);
        }
        let (cause, millis) = (how.label(), time.as_millis());
        tracing::warn!(%address, cause, millis, "an address of the store is out");
    }

    /// Changes what is known of an address; `change` gives whether that brought it back.
    pub(super) fn change(&self, address: SocketAddr, change: impl FnOnce(&mut Known) -> bool) {
        let back = self.known().get_mut(&address).is_some_and(change);
        if back {
            self.is_back(address);
        }
    }

    fn is_back(&self, address: SocketAddr) {
        if let Some(figures) = self.0.figures.get() {
            figures.healthy(address, true);
        }
        tracing::info!(%address, "an address of the store is back");
    }

    /// The entry of an address, made if there is room.
    fn remember<'a>(
        &self,
        known: &'a mut BTreeMap<SocketAddr, Known>,
        address: SocketAddr,
        now: Instant,
    ) -> Option<&'a mut Known> {
        if !known.contains_key(&address) {
            if known.len() >= ADDRESSES {
                self.prune(known, now);
            }
            if known.len() >= ADDRESSES {
                return None;
            }
            known.insert(address, Known::new(now));
            if let Some(figures) = self.0.figures.get() {
                figures.healthy(address, true);
            }
        }
        known.get_mut(&address)
    }

    fn prune(&self, known: &mut BTreeMap<SocketAddr, Known>, now: Instant) {
        known.retain(|address, known| {
            let stays = known.in_flight > 0 || now.duration_since(known.used) < MEMORY;
            if let (false, Some(figures)) = (stays, self.0.figures.get()) {
                figures.forget(*address);
            }
            stays
        });
    }

    pub(super) fn traffic(&self) -> Option<&Traffic> {
        let figures = self.0.figures.get()?;
        Some(&figures.traffic)
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<SocketAddr, Known>> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the breaker of an address lets a request pass.
fn lets(known: &BTreeMap<SocketAddr, Known>, address: &SocketAddr, now: Instant) -> bool {
    known
        .get(address)
        .is_none_or(|known| known.circuit.lets(|| now))
}

fn is_in(known: &BTreeMap<SocketAddr, Known>, address: &SocketAddr) -> bool {
    known
        .get(address)
        .is_none_or(|known| known.condition.is_in())
}

fn is_due(known: &BTreeMap<SocketAddr, Known>, address: &SocketAddr, now: Instant) -> bool {
    known
        .get(address)
        .is_some_and(|known| !known.watched && known.condition.is_due(now))
}

fn in_flight(known: &BTreeMap<SocketAddr, Known>, address: &SocketAddr) -> usize {
    known.get(address).map_or(0, |known| known.in_flight)
}

impl std::fmt::Debug for Health {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Health")
            .field("addresses", &self.known().len())
            .finish_non_exhaustive()
    }
}

mod breaking;
#[cfg(test)]
mod tests;
