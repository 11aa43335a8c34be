//! How many connections there are, in all and from each address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How often the end looks whether anybody is left.
const LOOK: Duration = Duration::from_millis(20);

/// Counts connections; 0 in a limit: as many as come.
#[derive(Debug)]
pub(super) struct Crowd {
    limit: usize,
    limit_per_address: AtomicUsize,
    all: AtomicUsize,
    by_address: Mutex<HashMap<IpAddr, usize>>,
}

/// One connection, for as long as this lives.
#[derive(Debug)]
pub(super) struct Seat {
    crowd: Arc<Crowd>,
    address: Option<IpAddr>,
}

impl Crowd {
    pub(super) fn new(limit: usize, limit_per_address: usize) -> Arc<Self> {
        Arc::new(Self {
            limit,
            limit_per_address: AtomicUsize::new(limit_per_address),
            all: AtomicUsize::new(0),
            by_address: Mutex::default(),
        })
    }

    /// From now on an address may have so many; those that it has stay.
    pub(super) fn limit_addresses(&self, limit: usize) {
        self.limit_per_address.store(limit, Ordering::Relaxed);
    }

    /// How many there may be; 0: any number.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Counts a connection; `None`: there are too many.
    pub(super) fn enter(self: &Arc<Self>) -> Option<Seat> {
        let before = self.all.fetch_add(1, Ordering::Relaxed);
        let seat = Seat {
            crowd: Arc::clone(self),
            address: None,
        };
        (self.limit == 0 || before < self.limit).then_some(seat)
    }

    /// Waits until nobody is left, or the limit is over.
    pub(super) async fn leave(&self, limit: Duration) {
        let end = Instant::now() + limit;
        while self.all.load(Ordering::Relaxed) > 0 && Instant::now() < end {
            sleep(LOOK).await;
        }
    }

    fn by_address(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.by_address
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Counts the connection for an address, once; `false`: it has too many.
    pub(super) fn take_for(&mut self, address: IpAddr) -> bool {
        let limit = self.crowd.limit_per_address.load(Ordering::Relaxed);
        if limit == 0 {
            return true;
        }
        let who = who(address);
        let mut counts = self.crowd.by_address();
        let count = counts.entry(who).or_default();
        if *count >= limit {
            return false;
        }
        *count += 1;
        self.address = Some(who);
        true
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.crowd.all.fetch_sub(1, Ordering::Relaxed);
        let Some(address) = self.address else {
            return;
        };
        let mut counts = self.crowd.by_address();
        if let Some(count) = counts.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&address);
            }
        }
    }
}

/// In IPv6 everybody has a whole network of 64 bits.
fn who(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX)).into(),
        four @ IpAddr::V4(_) => four,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_seat_is_free_again_when_its_connection_is_gone() {
        let crowd = Crowd::new(2, 0);
        let first = crowd.enter().unwrap();
        let second = crowd.enter().unwrap();
        assert!(crowd.enter().is_none());
        drop(first);
        let third = crowd.enter().unwrap();
        assert!(crowd.enter().is_none());
        drop((second, third));
        assert_eq!(crowd.all.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn each_address_has_its_own_count() {
        let crowd = Crowd::new(0, 2);
        let seat = |address: &str| {
            let mut seat = crowd.enter().unwrap();
            seat.take_for(ip(address)).then_some(seat)
        };
        let own = (
            seat("192.0.2.1").unwrap(),
            seat("::ffff:192.0.2.1").unwrap(),
        );
        assert!(seat("192.0.2.1").is_none());
        let other = seat("192.0.2.2").unwrap();
        let six = (seat("2001:db8::1").unwrap(), seat("2001:db8::2").unwrap());
        assert!(seat("2001:db8:0:0:9::").is_none());
        let neighbour = seat("2001:db8:0:1::").unwrap();
        drop(own.0);
        let again = seat("192.0.2.1").unwrap();
        drop((own.1, other, six, neighbour, again));
        assert!(crowd.by_address().is_empty());
    }
}
