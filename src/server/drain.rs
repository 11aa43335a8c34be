//! Exchanges in flight: the process ends as soon as the last one has, and not in the middle of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How often the end looks whether anything is left.
const LOOK: Duration = Duration::from_millis(20);

/// Counts exchanges; clones count together.
#[derive(Debug, Clone, Default)]
pub struct InFlight(Arc<AtomicUsize>);

/// One exchange, for as long as this lives.
#[derive(Debug)]
pub struct Flight(Arc<AtomicUsize>);

impl InFlight {
    /// Counts an exchange until what is returned is dropped.
    #[must_use]
    pub fn begin(&self) -> Flight {
        self.0.fetch_add(1, Ordering::Relaxed);
        Flight(Arc::clone(&self.0))
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Blocks until there is none, or the limit is over; says how many are left.
    pub(super) fn wait(&self, limit: Duration) -> usize {
        let end = Instant::now() + limit;
        while self.count() > 0 && Instant::now() < end {
            thread::sleep(LOOK);
        }
        self.count()
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_ends_with_the_last_exchange_or_with_the_limit() {
        let in_flight = InFlight::default();
        let flight = in_flight.begin();
        assert_eq!(in_flight.wait(Duration::ZERO), 1);
        let landing = thread::spawn(move || drop(flight));
        assert_eq!(in_flight.wait(Duration::from_secs(30)), 0);
        landing.join().unwrap();
    }
}
