//! After a fault nobody waits for Redis again until a pause is over.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// The pause after the first fault.
const SHORTEST: Duration = Duration::from_millis(500);
/// The longest pause; each fault in a row doubles it up to this.
const LONGEST: Duration = Duration::from_secs(15);

/// Whether a call is worth trying.
#[derive(Debug, Default)]
pub struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    pause: Duration,
    until: Option<Instant>,
}

impl Breaker {
    /// Whether to try at this moment.
    ///
    /// When a pause has just ended, only the first who asks may try; the others wait for what
    /// comes of it.
    pub fn allows(&self, now: Instant) -> bool {
        let mut state = self.state();
        match state.until {
            None => true,
            Some(until) if until > now => false,
            Some(_) => {
                state.until = Some(now + state.pause);
                true
            }
        }
    }

    /// Notes a success; gives whether there was a fault before.
    pub fn succeeded(&self) -> bool {
        let mut state = self.state();
        state.pause = Duration::ZERO;
        state.until.take().is_some()
    }

    /// Notes a fault; gives whether it was the first in a row.
    pub fn failed(&self, now: Instant) -> bool {
        let mut state = self.state();
        let first = state.until.is_none();
        state.pause = (state.pause * 2).clamp(SHORTEST, LONGEST);
        state.until = Some(now + state.pause);
        first
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_with_a_success() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        assert!(breaker.allows(start));
        assert!(breaker.failed(start), "the first");
        assert!(!breaker.allows(start + SHORTEST / 2));
        let later = start + SHORTEST;
        assert!(breaker.allows(later), "one may try");
        assert!(!breaker.allows(later), "and no second one");
        assert!(!breaker.failed(later));
        assert!(!breaker.allows(later + SHORTEST), "twice as long");
        assert!(breaker.succeeded());
        assert!(breaker.allows(later) && !breaker.succeeded());
    }

    #[test]
    fn pauses_have_an_end() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for _ in 0..100 {
            breaker.failed(start);
        }
        assert!(breaker.allows(start + LONGEST));
    }
}
