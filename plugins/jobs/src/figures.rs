//! What metrics say of jobs.

mod archives;

use prometheus::{
    HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

use crate::job::State;
use crate::store::Count;
pub(crate) use archives::{Archives, Outcome};

/// Seconds: from a count of a few keys to an archive of everything.
const SECONDS: [f64; 10] = [
    0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0, 43200.0,
];

/// The metrics.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    jobs: IntGaugeVec,
    queue: IntGauge,
    ended: IntCounterVec,
    bytes: IntCounterVec,
    seconds: HistogramVec,
    disk: IntGauge,
    archives: Archives,
}

impl Figures {
    /// Registers everything.
    ///
    /// # Errors
    /// A metric of such a name is there already.
    pub(crate) fn new(metrics: &Registry) -> prometheus::Result<Self> {
        let jobs = IntGaugeVec::new(
            Opts::new(
                "portico_jobs",
                "Jobs that run or wait, of all processes that share a store.",
            ),
            &["kind", "state"],
        )?;
        let queue = IntGauge::new("portico_jobs_queue_length", "Jobs that wait.")?;
        let ended = IntCounterVec::new(
            Opts::new(
                "portico_jobs_total",
                "Jobs that have ended in this process.",
            ),
            &["kind", "outcome"],
        )?;
        let bytes = IntCounterVec::new(
            Opts::new(
                "portico_jobs_bytes_total",
                "Bytes of objects that jobs of this process have dealt with.",
            ),
            &["kind"],
        )?;
        let options = HistogramOpts::new(
            "portico_jobs_duration_seconds",
            "From the submission of a job to its end.",
        );
        let seconds = HistogramVec::new(options.buckets(SECONDS.to_vec()), &["kind"])?;
        let disk = IntGauge::new("portico_jobs_disk_bytes", "Bytes of the files of jobs.")?;
        metrics.register(Box::new(jobs.clone()))?;
        metrics.register(Box::new(queue.clone()))?;
        metrics.register(Box::new(ended.clone()))?;
        metrics.register(Box::new(bytes.clone()))?;
        metrics.register(Box::new(seconds.clone()))?;
        metrics.register(Box::new(disk.clone()))?;
        Ok(Self {
            jobs,
            queue,
            ended,
            bytes,
            seconds,
            disk,
            archives: Archives::new(metrics)?,
        })
    }

    /// Those of instant archives.
    pub(crate) fn archives(&self) -> &Archives {
        &self.archives
    }

    /// Shows a kind of which no job has ended.
    pub(crate) fn enroll(&self, kind: &str) {
        for state in [State::Done, State::Canceled, State::Failed] {
            // Prometheus sees no increase in what is 1 when it first appears.
            self.ended.with_label_values(&[kind, state.word()]);
        }
    }

    pub(crate) fn ended(&self, kind: &str, state: State, seconds: f64) {
        self.ended.with_label_values(&[kind, state.word()]).inc();
        self.seconds.with_label_values(&[kind]).observe(seconds);
    }

    pub(crate) fn moved(&self, kind: &str, bytes: u64) {
        self.bytes.with_label_values(&[kind]).inc_by(bytes);
    }

    pub(crate) fn disk(&self, bytes: u64) {
        self.disk.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// Tells the most that files may take.
    ///
    /// # Errors
    /// A metric of such a name is there already.
    pub(crate) fn tell_limit(metrics: &Registry, bytes: u64) -> prometheus::Result<()> {
        let limit = IntGauge::new(
            "portico_jobs_disk_limit_bytes",
            "The most that files of jobs may take.",
        )?;
        limit.set(i64::try_from(bytes).unwrap_or(i64::MAX));
        metrics.register(Box::new(limit))
    }

    /// How many there are of these kinds; those of other versions' are not told.
    pub(crate) fn census(&self, kinds: &[&'static str], counts: &[Count]) {
        for kind in kinds {
            for state in [State::Waiting, State::Running] {
                let fits = |count: &&Count| count.kind == *kind && count.state == state;
                let count = counts.iter().find(fits).map_or(0, |count| count.count);
                self.jobs
                    .with_label_values(&[*kind, state.word()])
                    .set(count);
            }
        }
        let waiting = counts.iter().filter(|count| count.state == State::Waiting);
        self.queue.set(waiting.map(|count| count.count).sum());
    }
}
