//! How far the process is behind, and which share of new exchanges is refused for it.
//!
//! Something is due at a steady pace and comes late by as much as everything that is ready to run has
//! to wait. One late moment means nothing; when not a single one in a window was in time, there is a
//! standing queue (the thought of `CoDel`, RFC 8289), and the share grows until it is gone.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often something is due.
pub const EVERY: Duration = Duration::from_millis(50);

/// So many moments make a window: half a second, and longer the later they come.
const WINDOW: u32 = 10;

/// The share in steps, all of which would be everything. Some are always let in: who else would notice
/// that it is over?
const STEPS: u32 = 1 << 16;
const LEAST: u32 = STEPS / 20;
const MOST: u32 = STEPS / 20 * 19;

/// The state.
#[derive(Debug, Default)]
pub struct Lateness {
    /// Nanoseconds; 0: no share is ever refused.
    aim: AtomicU64,
    /// Nanoseconds, of the last window.
    late: AtomicU64,
    share: AtomicU32,
    turn: AtomicU32,
    window: Mutex<Window>,
}

#[derive(Debug, Default)]
struct Window {
    moments: u32,
    least: Duration,
}

impl Lateness {
    /// From now on more than this, all the time, is too late; zero: nothing is.
    pub(super) fn aim(&self, aim: Duration) {
        self.aim.store(nanos(aim), Ordering::Relaxed);
        if aim.is_zero() {
            self.share.store(0, Ordering::Relaxed);
        }
    }

    /// One moment, and how late it came.
    pub(super) fn note(&self, late: Duration) {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        window.least = match window.moments {
            0 => late,
            _ => window.least.min(late),
        };
        window.moments += 1;
        if window.moments >= WINDOW {
            let least = std::mem::take(&mut *window).least;
            self.end_window(nanos(least));
        }
    }

    fn end_window(&self, late: u64) {
        self.late.store(late, Ordering::Relaxed);
        let (aim, share) = (
            self.aim.load(Ordering::Relaxed),
            self.share.load(Ordering::Relaxed),
        );
        let next = if aim > 0 && late > aim {
            (share + share / 2).clamp(LEAST, MOST)
        } else if share > LEAST {
            share / 2
        } else {
            0
        };
        self.share.store(next, Ordering::Relaxed);
        match (share, next) {
            (0, 1..) => tracing::warn!("the process is behind: a share of requests is refused"),
            (1.., 0) => tracing::info!("the process is no longer behind"),
            _ => {}
        }
    }

    /// Whether any share is refused. One atomic load.
    pub(super) fn is_shedding(&self) -> bool {
        self.share.load(Ordering::Relaxed) > 0
    }

    /// Whether the next one is. Refusals lie evenly between those that are let in.
    pub(super) fn refuses(&self) -> bool {
        // The golden ratio's fraction of all numbers spreads every sequence evenly.
        let turn = self.turn.fetch_add(0x9E37_79B9, Ordering::Relaxed);
        turn >> 16 < self.share.load(Ordering::Relaxed)
    }

    /// How late everything was in the last window.
    pub(super) fn late(&self) -> Duration {
        Duration::from_nanos(self.late.load(Ordering::Relaxed))
    }

    /// The share that is refused, from 0 to 1.
    pub(super) fn share(&self) -> f64 {
        f64::from(self.share.load(Ordering::Relaxed)) / f64::from(STEPS)
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AIM: Duration = Duration::from_millis(100);

    fn windows(lateness: &Lateness, count: u32, late: Duration) {
        for _ in 0..count * WINDOW {
            lateness.note(late);
        }
    }

    fn refused_of_1000(lateness: &Lateness) -> usize {
        (0..1000).filter(|_| lateness.refuses()).count()
    }

    #[test]
    fn a_standing_queue_is_answered_by_a_growing_share() {
        let lateness = Lateness::default();
        lateness.aim(AIM);
        let mut before = 0;
        for _ in 0..6 {
            windows(&lateness, 1, AIM * 2);
            let refused = refused_of_1000(&lateness);
            assert!(refused > before, "{refused} after {before}");
            before = refused;
        }
        windows(&lateness, 20, AIM * 2);
        let refused = refused_of_1000(&lateness);
        assert!((930..=970).contains(&refused), "{refused}");
        assert_eq!(lateness.late(), AIM * 2);
        windows(&lateness, 10, Duration::ZERO);
        assert!(!lateness.is_shedding());
        assert_eq!(refused_of_1000(&lateness), 0);
    }

    #[test]
    fn late_moments_among_good_ones_are_no_queue() {
        let lateness = Lateness::default();
        lateness.aim(AIM);
        for _ in 0..100 {
            for _ in 1..WINDOW {
                lateness.note(AIM * 10);
            }
            lateness.note(Duration::ZERO);
        }
        assert!(!lateness.is_shedding());
    }

    #[test]
    fn without_an_aim_nothing_is_refused() {
        let lateness = Lateness::default();
        windows(&lateness, 10, AIM * 100);
        assert!(!lateness.is_shedding());
        lateness.aim(AIM);
        windows(&lateness, 1, AIM * 100);
        assert!(lateness.is_shedding());
        lateness.aim(Duration::ZERO);
        assert!(!lateness.is_shedding());
    }
}
