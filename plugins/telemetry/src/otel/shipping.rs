//! The thread that empties the queues towards the collector.

use std::future::Future;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::{LogBatch, LogExporter};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::reader::MetricReader as _;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::exporters::{Exporters, Way};
use super::metrics::Reader;
use super::queue::{Record, Tallies, Tally};
use crate::settings::Settings;

/// The most that is sent at one time.
const BATCH: usize = 512;

/// How long the end of the process waits for what is left.
const END: Duration = Duration::from_secs(3);

/// How often it is said that the collector takes nothing.
const COMPLAINT: Duration = Duration::from_mins(1);

/// The pace.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    interval: Duration,
    metrics: Duration,
    timeout: Duration,
}

impl Terms {
    pub(super) fn of(settings: &Settings) -> Self {
        Self {
            interval: settings.export_interval.0,
            metrics: settings.metrics_interval.0,
            timeout: settings.otlp_timeout.0,
        }
    }
}

/// What is to be sent, and how.
pub(super) struct Freight {
    exporters: Exporters,
    terms: Terms,
    tallies: Tallies,
    /// Whether spans go to standard output.
    pub(super) console: bool,
    pub(super) spans: Option<mpsc::Receiver<SpanData>>,
    pub(super) records: Option<mpsc::Receiver<Record>>,
    pub(super) reader: Option<Reader>,
}

impl Freight {
    pub(super) fn new(exporters: Exporters, terms: Terms, tallies: Tallies) -> Self {
        Self {
            exporters,
            terms,
            tallies,
            console: false,
            spans: None,
            records: None,
            reader: None,
        }
    }
}

/// Says that the end has come, and tells when all is done. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Ending {
    said: Arc<watch::Sender<bool>>,
    /// Whether there is a thread that could do anything.
    runs: Arc<watch::Sender<bool>>,
}

impl Default for Ending {
    fn default() -> Self {
        Self {
            said: Arc::new(watch::Sender::new(false)),
            runs: Arc::new(watch::Sender::new(false)),
        }
    }
}

impl Ending {
    /// Has everything sent that is left; waits for it, up to [`END`].
    pub(super) fn wait(&self) {
        self.said.send_replace(true);
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let Ok(runtime) = builder.enable_time().build() else {
            return;
        };
        let mut runs = self.runs.subscribe();
        let over = async { timeout(END, runs.wait_for(|runs| !runs)).await.is_ok() };
        if !runtime.block_on(over) {
            tracing::warn!("telemetry that was left at the end is lost");
        }
    }
}

/// Starts the thread. The figures are kept alive with it.
pub(super) fn start(freight: Freight, ending: Ending, meter: Option<Arc<SdkMeterProvider>>) {
    ending.runs.send_replace(true);
    let runs = Runs(Arc::clone(&ending.runs));
    let work = move || {
        let _runs = runs;
        // What the export itself logs is not exported: that would never end.
        let _silent = opentelemetry::Context::enter_telemetry_suppressed_scope();
        match tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
        {
            Ok(runtime) => runtime.block_on(ship(freight, &ending)),
            Err(error) => tracing::error!(%error, "telemetry is not sent"),
        }
        drop(meter);
    };
    let thread = thread::Builder::new().name("telemetry".to_owned());
    if let Err(error) = thread.spawn(work) {
        tracing::error!(%error, "telemetry is not sent");
    }
}

/// Says that the thread is gone, however it ended.
struct Runs(Arc<watch::Sender<bool>>);

impl Drop for Runs {
    fn drop(&mut self) {
        self.0.send_replace(false);
    }
}

async fn ship(freight: Freight, ending: &Ending) {
    let Freight {
        exporters,
        terms,
        tallies,
        console,
        spans,
        records,
        reader,
    } = freight;
    let way = exporters.way();
    let (exporters, way) = (&exporters, way.as_ref());
    let spans = async {
        if let Some(queue) = spans {
            let carrier = Carrier::new(terms, tallies.traces, ending);
            carry_spans(carrier, queue, exporters, way.filter(|_| !console)).await;
        }
    };
    let records = async {
        if let (Some(queue), Some(way)) = (records, way) {
            let carrier = Carrier::new(terms, tallies.logs, ending);
            carry_records(carrier, queue, exporters, way).await;
        }
    };
    let figures = async {
        if let (Some(reader), Some(way)) = (reader, way) {
            let carrier = Carrier::new(terms, tallies.metrics, ending);
            carry_figures(carrier, &reader, exporters, way).await;
        }
    };
    tokio::join!(spans, records, figures);
}

async fn carry_spans(
    mut carrier: Carrier,
    queue: mpsc::Receiver<SpanData>,
    exporters: &Exporters,
    way: Option<&Way>,
) {
    let Some(way) = way else {
        let mut console = opentelemetry_stdout::SpanExporter::default();
        console.set_resource(&exporters.resource);
        return carrier.carry(queue, |batch| console.export(batch)).await;
    };
    match exporters.spans(way) {
        Ok(mut exporter) => {
            exporter.set_resource(&exporters.resource);
            carrier.carry(queue, |batch| exporter.export(batch)).await;
        }
        Err(error) => carrier.complain(&error),
    }
}

async fn carry_records(
    mut carrier: Carrier,
    queue: mpsc::Receiver<Record>,
    exporters: &Exporters,
    way: &Way,
) {
    let mut exporter = match exporters.logs(way) {
        Ok(exporter) => exporter,
        Err(error) => return carrier.complain(&error),
    };
    exporter.set_resource(&exporters.resource);
    let exporter = &exporter;
    let send = |batch: Vec<Record>| async move {
        let borrowed: Vec<_> = batch
            .iter()
            .map(|(record, scope)| (record, scope))
            .collect();
        exporter.export(LogBatch::new(&borrowed)).await
    };
    carrier.carry(queue, send).await;
}

async fn carry_figures(mut carrier: Carrier, reader: &Reader, exporters: &Exporters, way: &Way) {
    let exporter = match exporters.metrics(way) {
        Ok(exporter) => exporter,
        Err(error) => return carrier.complain(&error),
    };
    let mut figures = ResourceMetrics::default();
    loop {
        let over = tokio::select! {
            () = sleep(carrier.terms.metrics) => false,
            () = carrier.ended() => true,
        };
        match reader.collect(&mut figures) {
            Ok(()) => carrier.send(1, exporter.export(&figures)).await,
            Err(error) => carrier.complain(&error),
        }
        if over {
            return;
        }
    }
}

/// Takes one kind of signal to the collector.
struct Carrier {
    terms: Terms,
    tally: Tally,
    ending: watch::Receiver<bool>,
    /// When it was last said that it takes nothing.
    complained: Option<Instant>,
}

impl Carrier {
    fn new(terms: Terms, tally: Tally, ending: &Ending) -> Self {
        Self {
            terms,
            tally,
            ending: ending.said.subscribe(),
            complained: None,
        }
    }

    async fn ended(&mut self) {
        // An error means that nobody is left who could say it.
        let _ = self.ending.wait_for(|said| *said).await;
    }

    /// Sends what comes in, many at a time, until the end; then what is left.
    async fn carry<T, F, Sent>(&mut self, mut queue: mpsc::Receiver<T>, mut send: F)
    where
        F: FnMut(Vec<T>) -> Sent,
        Sent: Future<Output = OTelSdkResult>,
    {
        loop {
            let mut batch = Vec::new();
            let over = tokio::select! {
                () = gather(&mut queue, &mut batch, self.terms.interval) => queue.is_closed(),
                () = wait(&mut self.ending) => true,
            };
            while batch.len() < BATCH
                && let Ok(item) = queue.try_recv()
            {
                batch.push(item);
            }
            let count = batch.len();
            if count > 0 {
                self.send(count, send(batch)).await;
            } else if over {
                return;
            }
        }
    }

    async fn send(&mut self, count: usize, sent: impl Future<Output = OTelSdkResult>) {
        let limit = self.terms.timeout;
        let sent = timeout(limit, sent).await;
        let sent = sent.unwrap_or(Err(OTelSdkError::Timeout(limit)));
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        match sent {
            Ok(()) => {
                self.tally.sent.inc_by(count);
                if self.complained.take().is_some() {
                    let signal = self.tally.signal;
                    tracing::info!(signal, "telemetry is taken again");
                }
            }
            Err(error) => {
                self.tally.dropped.inc_by(count);
                self.complain(&error);
            }
        }
    }

    fn complain(&mut self, error: &dyn std::error::Error) {
        if self.complained.is_some_and(|at| at.elapsed() < COMPLAINT) {
            return;
        }
        self.complained = Some(Instant::now());
        let signal = self.tally.signal;
        tracing::warn!(signal, %error, "telemetry is not taken by its collector, and dropped");
    }
}

async fn wait(ending: &mut watch::Receiver<bool>) {
    let _ = ending.wait_for(|said| *said).await;
}

/// Waits for a first one, then for others, up to the interval or a full batch. What was gathered stays
/// in the batch when this is dropped.
async fn gather<T>(queue: &mut mpsc::Receiver<T>, batch: &mut Vec<T>, interval: Duration) {
    if queue.recv_many(batch, BATCH).await == 0 {
        return;
    }
    let end = Instant::now() + interval;
    while batch.len() < BATCH {
        let room = BATCH - batch.len();
        match timeout_at(end, queue.recv_many(batch, room)).await {
            Ok(more) if more > 0 => {}
            _ => return,
        }
    }
}
