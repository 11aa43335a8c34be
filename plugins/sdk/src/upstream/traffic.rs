//! What Prometheus is told of requests to the store, whichever stack sends them.

mod kinds;

use std::sync::Arc;
use std::time::{Duration, Instant};

use prometheus::core::Collector;
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry,
};

use super::{Failure, Health};

pub use kinds::{Lookup, Retry, Stack};

/// Seconds until a store begins to answer: from a node's memory to an upload that it has to keep first.
const ANSWERS: [f64; 15] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

/// Seconds of a lookup: nobody waits longer than five.
const LOOKUPS: [f64; 7] = [0.001, 0.005, 0.025, 0.1, 0.5, 1.0, 5.0];

/// The figures of one stack, found once: the search by label is worth sparing on every request.
#[derive(Debug)]
struct OfStack {
    opened: IntCounter,
    answered: IntCounter,
    unanswered: IntCounter,
    in_flight: IntGauge,
    head: Histogram,
}

/// All of them. Every series is there from the start, so that a rate over it counts its first change.
pub(super) struct Traffic {
    forward: Arc<OfStack>,
    client: Arc<OfStack>,
    failures: IntCounterVec,
    retries: IntCounterVec,
    lookups: IntCounterVec,
    lookup_seconds: Histogram,
}

impl Traffic {
    pub(super) fn new(registry: &Registry) -> prometheus::Result<Self> {
        let families = Families::new(registry)?;
        let lookup = HistogramOpts::new(
            "portico_upstream_lookup_seconds",
            "How long looking a name of the store up took.",
        );
        Ok(Self {
            forward: Arc::new(families.of(Stack::Forward)),
            client: Arc::new(families.of(Stack::Client)),
            failures: counted(
                registry,
                "portico_upstream_failures_total",
                "Failures that count against an address of the store, by kind.",
                ("cause", &Failure::ALL.map(Failure::label)),
            )?,
            retries: counted(
                registry,
                "portico_upstream_retries_total",
                "Forwarded requests that were sent once more, by what was at fault.",
                ("cause", &Retry::ALL.map(Retry::label)),
            )?,
            lookups: counted(
                registry,
                "portico_upstream_lookups_total",
                "Lookups of names of the store, by what they came to.",
                ("outcome", &Lookup::ALL.map(Lookup::label)),
            )?,
            lookup_seconds: registered(
                registry,
                Histogram::with_opts(lookup.buckets(LOOKUPS.to_vec()))?,
            )?,
        })
    }

    pub(super) fn opened(&self, stack: Stack) {
        self.of(stack).opened.inc();
    }

    pub(super) fn failed(&self, how: Failure) {
        self.failures.with_label_values(&[how.label()]).inc();
    }

    pub(super) fn repeated(&self, why: Retry) {
        self.retries.with_label_values(&[why.label()]).inc();
    }

    pub(super) fn looked_up(&self, outcome: Lookup, took: Duration) {
        self.lookups.with_label_values(&[outcome.label()]).inc();
        self.lookup_seconds.observe(took.as_secs_f64());
    }

    pub(super) fn ask(&self, stack: Stack) -> Asking {
        let of = self.of(stack);
        of.in_flight.inc();
        Asking(Some(Question {
            since: Instant::now(),
            of: Arc::clone(of),
        }))
    }

    fn of(&self, stack: Stack) -> &Arc<OfStack> {
        match stack {
            Stack::Forward => &self.forward,
            Stack::Client => &self.client,
        }
    }
}

/// A request to the store whose answer has not begun. Dropped without one it counts as unanswered,
/// whoever gave up.
#[derive(Debug, Default)]
pub struct Asking(Option<Question>);

#[derive(Debug)]
struct Question {
    since: Instant,
    of: Arc<OfStack>,
}

impl Asking {
    /// The head of a final answer has come, whatever its status.
    pub fn answered(mut self) {
        if let Some(question) = self.0.take() {
            question.of.in_flight.dec();
            question.of.answered.inc();
            let took = question.since.elapsed();
            question.of.head.observe(took.as_secs_f64());
        }
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if let Some(question) = self.0.take() {
            question.of.in_flight.dec();
            question.of.unanswered.inc();
        }
    }
}

/// What stacks tell of themselves, until the registry is there to nobody.
impl Health {
    /// A request to the store begins.
    #[must_use]
    pub fn ask(&self, stack: Stack) -> Asking {
        let traffic = self.traffic();
        traffic.map_or_else(Asking::default, |traffic| traffic.ask(stack))
    }

    /// A connection was made.
    pub fn opened(&self, stack: Stack) {
        if let Some(traffic) = self.traffic() {
            traffic.opened(stack);
        }
    }

    /// A request is sent once more.
    pub fn repeated(&self, why: Retry) {
        if let Some(traffic) = self.traffic() {
            traffic.repeated(why);
        }
    }

    /// A name was looked up.
    pub fn looked_up(&self, outcome: Lookup, took: Duration) {
        if let Some(traffic) = self.traffic() {
            traffic.looked_up(outcome, took);
        }
    }
}

struct Families {
    opened: IntCounterVec,
    requests: IntCounterVec,
    in_flight: IntGaugeVec,
    head: HistogramVec,
}

impl Families {
    fn new(registry: &Registry) -> prometheus::Result<Self> {
        let opened = Opts::new(
            "portico_upstream_connections_opened_total",
            "Connections made to the store; requests beyond them went over kept ones.",
        );
        let requests = Opts::new(
            "portico_upstream_requests_total",
            "Requests to the store, by whether an answer began.",
        );
        let in_flight = Opts::new(
            "portico_upstream_requests_in_flight",
            "Requests to the store whose answer has not begun.",
        );
        let head = HistogramOpts::new(
            "portico_upstream_response_head_seconds",
            "From a request to the store to the head of its answer, the request's body included.",
        );
        let head = head.buckets(ANSWERS.to_vec());
        Ok(Self {
            opened: registered(registry, IntCounterVec::new(opened, &["stack"])?)?,
            requests: registered(
                registry,
                IntCounterVec::new(requests, &["stack", "outcome"])?,
            )?,
            in_flight: registered(registry, IntGaugeVec::new(in_flight, &["stack"])?)?,
            head: registered(registry, HistogramVec::new(head, &["stack"])?)?,
        })
    }

    fn of(&self, stack: Stack) -> OfStack {
        let stack = stack.label();
        let requests = |outcome| self.requests.with_label_values(&[stack, outcome]);
        OfStack {
            opened: self.opened.with_label_values(&[stack]),
            answered: requests("answered"),
            unanswered: requests("unanswered"),
            in_flight: self.in_flight.with_label_values(&[stack]),
            head: self.head.with_label_values(&[stack]),
        }
    }
}

/// A counter with one label, each of its values there from the start.
fn counted(
    registry: &Registry,
    name: &str,
    help: &str,
    (label, values): (&str, &[&str]),
) -> prometheus::Result<IntCounterVec> {
    let counter = registered(
        registry,
        IntCounterVec::new(Opts::new(name, help), &[label])?,
    )?;
    for value in values {
        counter.with_label_values(&[value]);
    }
    Ok(counter)
}

fn registered<C: Collector + Clone + 'static>(
    registry: &Registry,
    collector: C,
) -> prometheus::Result<C> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}

#[cfg(test)]
mod tests;
