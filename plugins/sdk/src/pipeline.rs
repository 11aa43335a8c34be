//! The order of the phases, fixed in one function that the server and the test kit share.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use prometheus::{Histogram, HistogramOpts, HistogramVec};
use tracing::{Instrument as _, debug_span};

use crate::body::Body;
use crate::brake::Brake;
use crate::error::{Error, Reason};
use crate::exchange::Exchange;
use crate::forward::Forward;
use crate::load::Load;
use crate::phase::{Authenticate, Authorize, Handle, Handled, Observe, Proof, ResponseFilter};
use crate::reply::Reply;

/// How an exchange goes on after the handle phase.
#[derive(Debug)]
pub enum Verdict {
    /// Answered here.
    Reply(Reply),
    /// To be sent on.
    Forward(Box<Forward>),
}

/// The objects of every phase, each in the order of the roster.
#[derive(Clone)]
pub struct Pipeline {
    pub(crate) authenticate: Vec<Arc<dyn Authenticate>>,
    pub(crate) authorize: Vec<Arc<dyn Authorize>>,
    pub(crate) handle: Vec<Arc<dyn Handle>>,
    pub(crate) filter: Vec<Arc<dyn ResponseFilter>>,
    pub(crate) observe: Vec<Arc<dyn Observe>>,
    pub(crate) brake: Arc<Brake>,
    pub(crate) load: Arc<Load>,
    pub(crate) durations: PhaseDurations,
}

impl Pipeline {
    /// Runs authenticate, authorize and handle, in this order and never back.
    ///
    /// The answer to a failed proof may have to wait: whoever drives this drops it when the client
    /// leaves.
    ///
    /// # Errors
    /// The first error of a phase; [`Reason::NotAuthenticated`] when the route is not public
    /// and nobody claimed the request; [`Reason::NotFound`] when no handler took it;
    /// [`Reason::SlowDown`] after too many failed proofs from the client's address, or with too many
    /// exchanges of the principal under way.
    pub async fn run(&self, exchange: &mut Exchange, body: Body) -> Result<Verdict, Error> {
        let client = exchange.arrival.client;
        if !exchange.route.is_public() {
            self.brake.admit(client)?;
        }
        match self.phases(exchange, body).await {
            Ok(verdict) => Ok(verdict),
            Err(error) => Err(self.brake.slow(error, client).await),
        }
    }

    async fn phases(&self, exchange: &mut Exchange, body: Body) -> Result<Verdict, Error> {
        let mut stopwatch = Stopwatch::start();
        let durations = &self.durations;
        let work = self.authenticate(exchange);
        let work = work.instrument(debug_span!("authenticate"));
        stopwatch.time(&durations.authenticate, work).await?;
        let work = self.authorize(exchange);
        let work = work.instrument(debug_span!("authorize"));
        stopwatch.time(&durations.authorize, work).await?;
        self.take_place(exchange)?;
        let work = self.handle(exchange, body);
        let work = work.instrument(debug_span!("handle"));
        stopwatch.time(&durations.handle, work).await
    }

    async fn authenticate(&self, exchange: &mut Exchange) -> Result<(), Error> {
        for authenticator in &self.authenticate {
            if let Proof::Given(principal) = authenticator.authenticate(exchange).await? {
                exchange.principal = Some(principal);
                return Ok(());
            }
        }
        Ok(())
    }

    async fn authorize(&self, exchange: &Exchange) -> Result<(), Error> {
        let route = &exchange.route;
        if exchange.principal.is_none() && !route.is_public() && !route.passes_unclaimed() {
            return Err(Error::new(Reason::NotAuthenticated));
        }
        refuse_foreign_tenant(exchange)?;
        for authorizer in &self.authorize {
            authorizer.authorize(exchange).await?;
        }
        Ok(())
    }

    /// Counts an exchange for its principal until both are gone. Who asks has to be proven before, and
    /// no other work has been done by then.
    fn take_place(&self, exchange: &mut Exchange) -> Result<(), Error> {
        let Some(principal) = &exchange.principal else {
            return Ok(());
        };
        if let Some(place) = self.load.take_place(principal)? {
            exchange.extensions.insert(place);
        }
        Ok(())
    }

    async fn handle(&self, exchange: &mut Exchange, mut body: Body) -> Result<Verdict, Error> {
        for handler in &self.handle {
            match handler.handle(exchange, body).await? {
                Handled::Next(untouched) => body = untouched,
                Handled::Reply(reply) => return Ok(Verdict::Reply(reply)),
                Handled::Forward(forward) => return Ok(Verdict::Forward(forward)),
            }
        }
        Err(Error::new(Reason::NotFound))
    }

    /// Lets every filter do what must be done before the head of a response leaves.
    pub async fn settle(&self, exchange: &Exchange) {
        for filter in &self.filter {
            if filter.wants_settling(exchange) {
                let span = exchange.span.in_scope(|| debug_span!("settle"));
                filter.settle(exchange).instrument(span).await;
            }
        }
    }

    /// Whether any filter would change the head of a response.
    #[must_use]
    pub fn wants_head(&self, exchange: &Exchange, headers: &http::HeaderMap) -> bool {
        let wants = |filter: &Arc<dyn ResponseFilter>| filter.wants_head(exchange, headers);
        self.filter.iter().any(wants)
    }

    /// Runs the filters over the head of a response.
    pub fn filter_head(&self, exchange: &Exchange, headers: &mut http::HeaderMap) {
        let span = exchange.span.in_scope(|| debug_span!("filter"));
        span.in_scope(|| {
            for filter in &self.filter {
                filter.head(exchange, headers);
            }
        });
    }

    /// Shows the filters a piece of a response's body.
    pub fn filter_body(&self, exchange: &Exchange, piece: &bytes::Bytes) {
        for filter in &self.filter {
            filter.body(exchange, piece);
        }
    }

    /// Tells the observers that an exchange has ended.
    pub fn log(&self, exchange: &Exchange, error: Option<&Error>) {
        let span = exchange.span.in_scope(|| debug_span!("log"));
        span.in_scope(|| {
            for observer in &self.observe {
                observer.observe(exchange, error);
            }
        });
        // The span of the whole ends where it is entered last: not before its last phase.
        exchange.span.in_scope(|| {});
    }
}

/// Times the phases one after another: where one ends the next begins.
struct Stopwatch(Instant);

impl Stopwatch {
    fn start() -> Self {
        Self(Instant::now())
    }

    async fn time<T>(&mut self, duration: &Histogram, work: impl Future<Output = T>) -> T {
        let result = work.await;
        let begin = std::mem::replace(&mut self.0, Instant::now());
        duration.observe(self.0.duration_since(begin).as_secs_f64());
        result
    }
}

/// A principal may not be sent to the host of another tenant, whatever HCP would say there.
fn refuse_foreign_tenant(exchange: &Exchange) -> Result<(), Error> {
    let (Some(principal), Some(host)) = (&exchange.principal, &exchange.route.tenant) else {
        return Ok(());
    };
    match &principal.tenant {
        Some(own) if own != host => Err(Error::with_message(
            Reason::AccessDenied,
            "The credential belongs to another tenant than this host.",
        )),
        _ => Ok(()),
    }
}

/// `portico_phase_duration_seconds`, by phase.
#[derive(Debug, Clone)]
pub(crate) struct PhaseDurations {
    authenticate: Histogram,
    authorize: Histogram,
    handle: Histogram,
}

impl PhaseDurations {
    /// Makes the metric and puts it into the registry; a second one of the name is not counted.
    pub(crate) fn new(metrics: &prometheus::Registry) -> Result<Self, prometheus::Error> {
        let options = HistogramOpts::new(
            "portico_phase_duration_seconds",
            "Time spent in a phase of the pipeline, upstream excluded.",
        )
        .buckets(vec![
            0.000_01, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0,
        ]);
        let durations = HistogramVec::new(options, &["phase"])?;
        metrics.register(Box::new(durations.clone()))?;
        // Found once: the search by label is worth sparing on every request.
        let phase = |name| durations.with_label_values(&[name]);
        Ok(Self {
            authenticate: phase("authenticate"),
            authorize: phase("authorize"),
            handle: phase("handle"),
        })
    }
}
