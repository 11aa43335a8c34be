//! What is known of one address: whether it is in use, and since when not. Time is handed in.

use std::time::{Duration, Instant};

/// How long an address is out the first time; each further time twice as long.
const FIRST: Duration = Duration::from_secs(1);
/// The longest time out: this is how late a node that is back may be noticed.
const LONGEST: Duration = Duration::from_mins(1);
/// How many failures in a row take an address out that can at least be connected to. One broken
/// answer may be the fault of one request.
const IN_A_ROW: u32 = 3;

/// How an address failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No connection: refused, reset, no route.
    Unreachable,
    /// No connection in time.
    Timeout,
    /// TLS: no handshake, or a certificate that is not to be believed. It may be that of one
    /// tenant's name alone.
    Tls,
    /// A fresh connection, and no whole head of an answer on it.
    NoAnswer,
}

impl Failure {
    /// Every kind.
    pub(super) const ALL: [Self; 4] = [Self::Unreachable, Self::Timeout, Self::Tls, Self::NoAnswer];

    /// The word in metrics and logs.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Tls => "tls",
            Self::NoAnswer => "no_answer",
        }
    }

    /// Whether no request at all could have got through.
    fn is_plain(self) -> bool {
        matches!(self, Self::Unreachable | Self::Timeout)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    In,
    Out {
        until: Instant,
    },
    /// Out, and one request or check is finding out.
    Trial,
}

/// The condition of an address.
#[derive(Debug)]
pub(super) struct Condition {
    state: State,
    /// Failures in a row.
    failures: u32,
    /// How often it was taken out since it last answered.
    rounds: u32,
}

impl Default for Condition {
    fn default() -> Self {
        Self {
            state: State::In,
            failures: 0,
            rounds: 0,
        }
    }
}

impl Condition {
    pub(super) fn is_in(&self) -> bool {
        self.state == State::In
    }

    /// Whether its time out is over, and nobody is finding out yet.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        matches!(self.state, State::Out { until } if until <= now)
    }

    /// Lets one find out.
    pub(super) fn begin_trial(&mut self) {
        self.state = State::Trial;
    }

    /// The one that was to find out has left without an answer: the next may.
    pub(super) fn give_up_trial(&mut self, now: Instant) {
        if self.state == State::Trial {
            self.state = State::Out { until: now };
        }
    }

    /// A failure. `luck` is any number, new each time: addresses that failed together do not
    /// come back together. Gives the time out, if it is taken out now.
    pub(super) fn failed(&mut self, how: Failure, now: Instant, luck: u64) -> Option<Duration> {
        if matches!(self.state, State::Out { until } if until > now) {
            return None;
        }
        self.failures = self.failures.saturating_add(1);
        if self.is_in() && !how.is_plain() && self.failures < IN_A_ROW {
            return None;
        }
        let time = out(self.rounds, luck);
        self.rounds = self.rounds.saturating_add(1);
        self.state = State::Out { until: now + time };
        Some(time)
    }

    /// A connection was made. Gives whether the address is in again by that.
    ///
    /// It is on trial then: one more failure of any kind takes it out.
    pub(super) fn reached(&mut self) -> bool {
        let back = !self.is_in();
        if back {
            self.state = State::In;
            self.failures = IN_A_ROW - 1;
        }
        back
    }

    /// An answer has come: whatever was, is forgotten.
    pub(super) fn answered(&mut self) -> bool {
        let back = !self.is_in();
        *self = Self::default();
        back
    }
}

/// The time out: twice as long each time, give or take a fifth.
fn out(rounds: u32, luck: u64) -> Duration {
    let time = FIRST.saturating_mul(1 << rounds.min(16)).min(LONGEST);
    let spread = u32::try_from(luck % 401).unwrap_or_default();
    time * (800 + spread) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIDDLE: u64 = 200;

    #[test]
    fn an_address_that_cannot_be_connected_to_is_out_at_once_and_longer_each_time() {
        let (mut condition, mut now) = (Condition::default(), Instant::now());
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            let time = condition.failed(Failure::Unreachable, now, MIDDLE).unwrap();
            assert_eq!(time, Duration::from_secs(seconds));
            assert!(!condition.is_due(now));
            now += time;
            assert!(condition.is_due(now));
            condition.begin_trial();
            assert!(!condition.is_due(now), "one is enough");
        }
        assert!(condition.answered());
        let time = condition.failed(Failure::Timeout, now, MIDDLE);
        assert_eq!(time, Some(Duration::from_secs(1)));
    }

    #[test]
    fn broken_answers_take_an_address_out_when_there_is_no_good_one_between() {
        let (mut condition, now) = (Condition::default(), Instant::now());
        for _ in 0..5 {
            assert_eq!(condition.failed(Failure::NoAnswer, now, 0), None);
            assert_eq!(condition.failed(Failure::Tls, now, 0), None);
            condition.answered();
        }
        condition.failed(Failure::NoAnswer, now, 0);
        condition.reached();
        condition.failed(Failure::NoAnswer, now, 0);
        assert!(condition.failed(Failure::NoAnswer, now, 0).is_some());
    }

    #[test]
    fn an_address_that_connects_and_does_not_answer_is_out_again_soon() {
        let (mut condition, now) = (Condition::default(), Instant::now());
        condition.failed(Failure::Timeout, now, MIDDLE);
        assert!(condition.reached());
        let time = condition.failed(Failure::NoAnswer, now, MIDDLE);
        assert_eq!(time, Some(Duration::from_secs(2)));
    }

    #[test]
    fn a_trial_that_is_given_up_leaves_room_for_the_next() {
        let (mut condition, now) = (Condition::default(), Instant::now());
        let time = condition.failed(Failure::Timeout, now, 0).unwrap();
        condition.begin_trial();
        condition.give_up_trial(now + time);
        assert!(condition.is_due(now + time));
        condition.answered();
        condition.give_up_trial(now);
        assert!(condition.is_in());
    }

    #[test]
    fn failures_while_it_is_out_make_it_no_longer() {
        let (mut condition, now) = (Condition::default(), Instant::now());
        let time = condition.failed(Failure::Timeout, now, MIDDLE).unwrap();
        assert_eq!(condition.failed(Failure::Timeout, now, MIDDLE), None);
        assert!(condition.is_due(now + time));
    }

    #[test]
    fn the_time_varies_by_a_fifth() {
        assert_eq!(out(1, 0), Duration::from_millis(1600));
        assert_eq!(out(1, 400), Duration::from_millis(2400));
    }
}
