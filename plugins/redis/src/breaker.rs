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
    /// Whether somebody is trying, after a pause.
    probing: bool,
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
                state.probing = true;
                true
            }
        }
    }

    /// Notes a success; gives whether it ends a pause. A call that began before the pause and was
    /// luckier than others ends none.
    pub fn succeeded(&self) -> bool {
        let mut state = self.state();
        let ends = state.until.is_some() && state.probing;
        if ends {
            *state = State::default();
        }
        ends
    }

    /// Notes a fault; gives whether it was the first in a row. Calls that fail together count
    /// once.
    pub fn failed(&self, now: Instant) -> bool {
        let mut state = self.state();
        let first = state.until.is_none();
        if first || state.probing {
            state.pause = (state.pause * 2).clamp(SHORTEST, LONGEST);
            state.until = Some(now + state.pause);
            state.probing = false;
        }
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
        assert!(breaker.allows(later + 2 * SHORTEST));
        assert!(breaker.succeeded());
        assert!(breaker.allows(later) && !breaker.succeeded());
    }

    #[test]
    fn calls_that_fail_together_count_once() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for _ in 0..100 {
            assert!(breaker.allows(start));
        }
        assert!(breaker.failed(start), "the first");
        for _ in 1..99 {
            assert!(!breaker.failed(start));
        }
        assert!(!breaker.succeeded(), "one was luckier");
        assert!(!breaker.allows(start + SHORTEST / 2));
        assert!(breaker.allows(start + SHORTEST), "no longer than after one");
    }

    #[test]
    fn pauses_have_an_end() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        let mut now = start;
        for _ in 0..100 {
            assert!(breaker.allows(now), "{:?}", now - start);
            breaker.failed(now);
            now += LONGEST;
        }
    }
}
