//! The breaker of one address: whoever fails again and again is not asked, save by one request now
//! and then that finds out. Time is handed in.

use std::time::{Duration, Instant};

/// How long the first rest is; each further one is twice as long.
const FIRST: Duration = Duration::from_secs(1);
/// How long answers are counted together.
const WINDOW: Duration = Duration::from_secs(10);
/// So many faults at least are none of one request's own.
const FAULTS: u32 = 20;

/// When an address is given a rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breaker {
    /// After so many requests in a row that had no answer; not zero.
    pub failures: u32,
    /// Or when so many of a hundred answers are faults of the store (500, 502, 504); 0: never.
    pub faults_percent: u32,
    /// The longest rest.
    pub longest: Duration,
}

/// What an event has done to a circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing.
    None,
    /// The address has a rest of so long.
    Opened(Duration),
    /// It is asked again.
    Closed,
}

/// The circuit of one address.
#[derive(Debug, Default)]
pub(super) struct Circuit {
    /// Requests without an answer, since the last answer.
    failures: u32,
    counted: Counted,
    rest: Option<Rest>,
    /// How often it was opened since it was last closed.
    rounds: u32,
}

#[derive(Debug, Default)]
struct Counted {
    since: Option<Instant>,
    answers: u32,
    faults: u32,
}

#[derive(Debug)]
struct Rest {
    until: Instant,
    /// Whether a request is finding out.
    trial: bool,
    /// Whether its answers were the reason, and not that there were none.
    for_faults: bool,
}

impl Circuit {
    /// Whether a request may go there; past a rest only one at a time.
    pub(super) fn lets(&self, now: impl FnOnce() -> Instant) -> bool {
        let rest = self.rest.as_ref();
        rest.is_none_or(|rest| !rest.trial && rest.until <= now())
    }

    /// Whether it is open, or half open.
    pub(super) fn is_open(&self) -> bool {
        self.rest.is_some()
    }

    /// How long it rests yet.
    pub(super) fn left(&self, now: Instant) -> Duration {
        let until = self.rest.as_ref().map_or(now, |rest| rest.until);
        until.saturating_duration_since(now)
    }

    /// A request goes there. Gives whether it is the one that finds out.
    pub(super) fn begin(&mut self) -> bool {
        match &mut self.rest {
            Some(rest) => {
                rest.trial = true;
                true
            }
            None => false,
        }
    }

    /// The one that was to find out has left without an answer: the next may.
    pub(super) fn give_up(&mut self) {
        if let Some(rest) = &mut self.rest {
            rest.trial = false;
        }
    }

    /// A request had no answer.
    pub(super) fn failed(&mut self, now: Instant, rules: &Breaker) -> Turn {
        self.failures = self.failures.saturating_add(1);
        match &self.rest {
            // It was sent before.
            Some(rest) if rest.until > now => Turn::None,
            None if self.failures < rules.failures => Turn::None,
            _ => self.open(now, rules, false),
        }
    }

    /// An answer has come; `fault`: the store says that it is at fault itself.
    pub(super) fn answered(&mut self, fault: bool, now: Instant, rules: &Breaker) -> Turn {
        self.failures = 0;
        match &self.rest {
            Some(rest) if fault && rest.for_faults && rest.until > now => Turn::None,
            Some(rest) if fault && rest.for_faults => self.open(now, rules, true),
            Some(_) => self.close(),
            None if self.counted.are_bad(fault, now, rules) => self.open(now, rules, true),
            None => Turn::None,
        }
    }

    /// Whatever was, is forgotten.
    pub(super) fn close(&mut self) -> Turn {
        let was_open = self.is_open();
        *self = Self::default();
        if was_open { Turn::Closed } else { Turn::None }
    }

    fn open(&mut self, now: Instant, rules: &Breaker, for_faults: bool) -> Turn {
        let time = FIRST.saturating_mul(1 << self.rounds.min(16));
        let time = time.min(rules.longest);
        self.rounds = self.rounds.saturating_add(1);
        self.counted = Counted::default();
        self.rest = Some(Rest {
            until: now + time,
            trial: false,
            for_faults,
        });
        Turn::Opened(time)
    }
}

impl Counted {
    /// Counts an answer, and tells whether there are too many faults among them.
    fn are_bad(&mut self, fault: bool, now: Instant, rules: &Breaker) -> bool {
        let is_old = |since: Instant| now.duration_since(since) > WINDOW;
        if self.since.is_none_or(is_old) {
            *self = Self::default();
            self.since = Some(now);
        }
        self.answers = self.answers.saturating_add(1);
        self.faults = self.faults.saturating_add(u32::from(fault));
        let share = u64::from(self.faults) * 100;
        rules.faults_percent > 0
            && self.faults >= FAULTS
            && share >= u64::from(rules.faults_percent) * u64::from(self.answers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Breaker = Breaker {
        failures: 3,
        faults_percent: 50,
        longest: Duration::from_secs(5),
    };

    fn opened(circuit: &mut Circuit, now: Instant) -> Duration {
        for _ in 1..RULES.failures {
            assert_eq!(circuit.failed(now, &RULES), Turn::None);
            assert!(circuit.lets(|| now));
        }
        match circuit.failed(now, &RULES) {
            Turn::Opened(time) => time,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn after_some_failures_one_request_at_a_time_finds_out() {
        let (mut circuit, mut now) = (Circuit::default(), Instant::now());
        let time = opened(&mut circuit, now);
        assert_eq!(time, Duration::from_secs(1));
        assert!(!circuit.lets(|| now) && circuit.left(now) == time);
        assert_eq!(circuit.failed(now, &RULES), Turn::None, "sent before");
        for seconds in [2, 4, 5, 5] {
            now += Duration::from_secs(5);
            assert!(circuit.lets(|| now) && circuit.begin());
            assert!(!circuit.lets(|| now), "one is enough");
            let time = Duration::from_secs(seconds);
            assert_eq!(circuit.failed(now, &RULES), Turn::Opened(time));
        }
        now += Duration::from_secs(5);
        circuit.begin();
        circuit.give_up();
        assert!(circuit.lets(|| now) && circuit.begin());
        assert_eq!(circuit.answered(true, now, &RULES), Turn::Closed);
        assert!(circuit.lets(|| now) && !circuit.begin());
        assert_eq!(opened(&mut circuit, now), Duration::from_secs(1));
    }

    #[test]
    fn an_answer_between_forgives_failures() {
        let (mut circuit, now) = (Circuit::default(), Instant::now());
        for _ in 0..20 {
            circuit.failed(now, &RULES);
            circuit.failed(now, &RULES);
            assert_eq!(circuit.answered(false, now, &RULES), Turn::None);
        }
    }

    #[test]
    fn a_store_that_is_at_fault_half_of_the_time_has_a_rest() {
        let (mut circuit, mut now) = (Circuit::default(), Instant::now());
        let mut turns = (0..60).map(|turn| circuit.answered(turn % 2 == 1, now, &RULES));
        assert!(turns.any(|turn| turn == Turn::Opened(Duration::from_secs(1))));
        now += Duration::from_secs(2);
        circuit.begin();
        let again = Turn::Opened(Duration::from_secs(2));
        assert_eq!(circuit.answered(true, now, &RULES), again);
        assert_eq!(circuit.answered(false, now, &RULES), Turn::Closed);
    }

    #[test]
    fn a_few_faults_among_many_answers_are_left_alone() {
        let (mut circuit, mut now) = (Circuit::default(), Instant::now());
        for turn in 0..1000 {
            let fault = turn % 3 == 0;
            assert_eq!(circuit.answered(fault, now, &RULES), Turn::None);
        }
        // Nobody but one client with one broken object.
        for _ in 0..40 {
            now += Duration::from_secs(1);
            assert_eq!(circuit.answered(true, now, &RULES), Turn::None);
        }
    }
}
