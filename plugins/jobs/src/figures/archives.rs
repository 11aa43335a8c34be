//! What metrics say of archives that are sent while they are made.

use prometheus::{IntCounterVec, Opts, Registry};

/// How one has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All of it was handed over.
    Finished,
    /// An object failed, or was not what was listed: the client sees that the answer is not whole.
    Broken,
    /// The client left.
    Left,
}

impl Outcome {
    const ALL: [Self; 3] = [Self::Finished, Self::Broken, Self::Left];

    fn word(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Broken => "broken",
            Self::Left => "left",
        }
    }
}

/// The metrics; the ways are those of [`Archives::WAYS`].
#[derive(Debug, Clone)]
pub(crate) struct Archives {
    started: IntCounterVec,
    ended: IntCounterVec,
    bytes: IntCounterVec,
}

impl Archives {
    pub(crate) const STREAM: &'static str = "stream";
    pub(crate) const LINK: &'static str = "link";
    const WAYS: [&'static str; 2] = [Self::STREAM, Self::LINK];

    /// Registers everything.
    ///
    /// # Errors
    /// A metric of such a name is there already.
    pub(super) fn new(metrics: &Registry) -> prometheus::Result<Self> {
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
            metrics.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let made = Self {
            started: counter(
                "portico_instant_archives_started_total",
                "Archives that this process has begun to send while they are made.",
                &["way"],
            )?,
            ended: counter(
                "portico_instant_archives_total",
                "Archives that this process has sent, wholly or not, while they were made.",
                &["way", "outcome"],
            )?,
            bytes: counter(
                "portico_instant_archives_bytes_total",
                "Bytes of archives that this process has sent while they were made.",
                &["way"],
            )?,
        };
        for way in Self::WAYS {
            // Prometheus sees no increase in what is 1 when it first appears.
            made.started.with_label_values(&[way]);
            made.bytes.with_label_values(&[way]);
            for outcome in Outcome::ALL {
                made.ended.with_label_values(&[way, outcome.word()]);
            }
        }
        Ok(made)
    }

    pub(crate) fn started(&self, way: &str) {
        self.started.with_label_values(&[way]).inc();
    }

    pub(crate) fn sent(&self, way: &str, bytes: u64) {
        self.bytes.with_label_values(&[way]).inc_by(bytes);
    }

    pub(crate) fn ended(&self, way: &str, outcome: Outcome) {
        self.ended.with_label_values(&[way, outcome.word()]).inc();
    }
}
