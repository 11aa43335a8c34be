//! What waits to be sent: queues that are bounded and never make anybody wait.

use std::fmt;
use std::time::Duration;

use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use prometheus::{IntCounter, Registry};
use tokio::sync::mpsc;

use crate::metrics::counter;

/// What became of one kind of signal.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    /// What the kind is called.
    pub(super) signal: &'static str,
    /// Taken by the collector.
    pub(super) sent: IntCounter,
    /// Lost.
    pub(super) dropped: IntCounter,
}

/// The same of all kinds.
#[derive(Debug, Clone)]
pub(super) struct Tallies {
    pub(super) traces: Tally,
    pub(super) metrics: Tally,
    pub(super) logs: Tally,
}

impl Tallies {
    pub(super) fn new(registry: &Registry) -> prometheus::Result<Self> {
        let sent = counter(
            registry,
            "portico_telemetry_sent_total",
            "Spans, lines and sets of metrics that the collector has taken.",
            &["signal"],
        )?;
        let dropped = counter(
            registry,
            "portico_telemetry_dropped_total",
            "Spans, lines and sets of metrics that were lost: the collector did not take them, or \
             not as fast as they were made.",
            &["signal"],
        )?;
        let tally = |signal| Tally {
            signal,
            sent: sent.with_label_values(&[signal]),
            dropped: dropped.with_label_values(&[signal]),
        };
        Ok(Self {
            traces: tally("traces"),
            metrics: tally("metrics"),
            logs: tally("logs"),
        })
    }
}

/// The end of a queue where things are put in.
pub(super) struct Entry<T> {
    sender: mpsc::Sender<T>,
    dropped: IntCounter,
}

/// A queue for so many.
pub(super) fn queue<T>(most: usize, tally: &Tally) -> (Entry<T>, mpsc::Receiver<T>) {
    let (sender, receiver) = mpsc::channel(most);
    let dropped = tally.dropped.clone();
    (Entry { sender, dropped }, receiver)
}

impl<T> Entry<T> {
    /// Puts it in, or drops it where there is no room.
    pub(super) fn put(&self, item: T) {
        if self.sender.try_send(item).is_err() {
            self.dropped.inc();
        }
    }
}

impl<T> fmt::Debug for Entry<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let room = self.sender.capacity();
        f.debug_struct("Entry")
            .field("room", &room)
            .finish_non_exhaustive()
    }
}

/// A line of the log for a collector.
pub(super) type Record = (SdkLogRecord, InstrumentationScope);

/// Puts spans that have ended into a queue.
#[derive(Debug)]
pub(super) struct Spans(pub(super) Entry<SpanData>);

impl SpanProcessor for Spans {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.0.put(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Puts lines of the log into a queue.
#[derive(Debug)]
pub(super) struct Records(pub(super) Entry<Record>);

impl LogProcessor for Records {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        self.0.put((record.clone(), scope.clone()));
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_finds_no_room_is_dropped_and_counted() {
        let tallies = Tallies::new(&Registry::new()).unwrap();
        let (entry, mut receiver) = queue(2, &tallies.traces);
        for number in 1..=5 {
            entry.put(number);
        }
        assert_eq!(tallies.traces.dropped.get(), 3);
        assert_eq!(receiver.try_recv(), Ok(1));
        entry.put(6);
        drop(receiver);
        entry.put(7);
        assert_eq!(tallies.traces.dropped.get(), 4);
        assert_eq!(tallies.logs.dropped.get(), 0);
    }
}
