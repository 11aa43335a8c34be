//! Who is followed, and under which name.

use http::{HeaderMap, HeaderValue};
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{SpanContext, TraceContextExt as _};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use portico_sdk::route::Listener;
use portico_sdk::trace::{Asked, Bearing, Begun, Follow, TRACEPARENT, TRACESTATE, TraceIds};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::filter::ROOT;
use super::shipping::Ending;
use crate::health;
use crate::settings::Settings;

/// Decides who is followed.
pub(super) struct Follower {
    traces: bool,
    sampling: f64,
    follow_clients: bool,
    propagate: bool,
    ending: Ending,
}

impl Follower {
    pub(super) fn new(settings: &Settings, traces: bool, ending: Ending) -> Self {
        Self {
            traces,
            sampling: settings.sampling,
            follow_clients: settings.follow_clients,
            propagate: settings.propagate,
            ending,
        }
    }

    fn wins(&self) -> bool {
        self.sampling >= 1.0 || (self.sampling > 0.0 && rand::random::<f64>() < self.sampling)
    }
}

impl Follow for Follower {
    fn begin(&self, asked: &Asked<'_>) -> Begun {
        if !self.traces || is_machinery(asked) {
            return Begun::untraced();
        }
        let named = asked.headers.contains_key(TRACEPARENT);
        let client = named.then(|| context(asked.headers));
        let client = client.filter(|client| client.span().span_context().is_valid());
        let decided = client.as_ref().filter(|_| self.follow_clients);
        let followed = match decided {
            Some(client) => client.span().span_context().is_sampled(),
            None => self.wins(),
        };
        if followed {
            root(client)
        } else {
            unfollowed(client.as_ref())
        }
    }

    fn name(&self, span: &Span) -> Option<Bearing> {
        let mut headers = HeaderMap::new();
        let propagator = TraceContextPropagator::new();
        propagator.inject_context(&span.context(), &mut HeaderInjector(&mut headers));
        let state = headers.remove(TRACESTATE);
        Some(Bearing {
            parent: headers.remove(TRACEPARENT)?,
            state: state.filter(|state| !state.is_empty()),
        })
    }

    fn tells_store(&self) -> bool {
        self.propagate
    }

    fn job(&self, id: &str, kind: &'static str, ordered: Option<&HeaderValue>) -> Span {
        let ordered = ordered.and_then(named);
        let followed = match &ordered {
            Some(ordered) => ordered.is_sampled(),
            None => self.wins(),
        };
        if !self.traces || !followed {
            return Span::none();
        }
        let span = tracing::debug_span!(
            target: ROOT,
            parent: None,
            "job",
            otel.name = format!("job {kind}"),
            portico.job.id = id,
            portico.job.kind = kind,
            portico.job.outcome = tracing::field::Empty,
            portico.job.done = tracing::field::Empty,
            portico.job.failed = tracing::field::Empty,
            otel.status_code = tracing::field::Empty,
        );
        if let Some(ordered) = ordered {
            span.add_link(ordered);
        }
        span
    }

    fn end(&self) {
        self.ending.wait();
    }
}

/// What asks again and again, and what nobody would look for in a trace.
fn is_machinery(asked: &Asked<'_>) -> bool {
    let path = asked.raw_path();
    let scraped = asked.listener == Listener::Admin && path == health::METRICS.as_bytes();
    scraped || health::is_asked(asked.listener, path)
}

/// The span of an exchange, below the client's where there is one.
fn root(client: Option<opentelemetry::Context>) -> Begun {
    let span = tracing::debug_span!(target: ROOT, parent: None, "request", otel.kind = "server");
    if let Some(client) = client {
        // It fails where the log was started by somebody else, who makes no traces.
        let _ = span.set_parent(client);
    }
    let context = span.context();
    let own = context.span();
    let own = own.span_context();
    if !own.is_valid() {
        return Begun::untraced();
    }
    let ids = TraceIds {
        trace: own.trace_id().to_string(),
        span: Some(own.span_id().to_string()),
    };
    Begun {
        span,
        ids: Some(ids),
    }
}

/// The client's trace is known, though nothing is added to it.
fn unfollowed(client: Option<&opentelemetry::Context>) -> Begun {
    let ids = client.map(|client| TraceIds {
        trace: client.span().span_context().trace_id().to_string(),
        span: None,
    });
    Begun {
        ids,
        ..Begun::untraced()
    }
}

fn context(headers: &HeaderMap) -> opentelemetry::Context {
    // Its own root: what runs on this thread is another's affair.
    let nothing = opentelemetry::Context::new();
    TraceContextPropagator::new().extract_with_context(&nothing, &HeaderExtractor(headers))
}

/// The span of a name.
fn named(parent: &HeaderValue) -> Option<SpanContext> {
    let headers = HeaderMap::from_iter([(TRACEPARENT, parent.clone())]);
    let context = context(&headers);
    let span = context.span();
    let named = span.span_context();
    named.is_valid().then(|| named.clone())
}
