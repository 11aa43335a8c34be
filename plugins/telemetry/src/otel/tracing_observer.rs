//! What the span of a request says, once it is known how the request has ended.

use opentelemetry::trace::{Status, TraceContextExt as _};
use portico_sdk::{Error, Exchange, Observe};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::attributes;
use crate::metrics::{method, route};

/// Completes the span.
#[derive(Debug, Clone, Copy)]
pub(super) struct TracingObserver;

impl Observe for TracingObserver {
    fn observe(&self, exchange: &Exchange, error: Option<&Error>) {
        if exchange.span.is_disabled() {
            return;
        }
        let context = exchange.span.context();
        let span = context.span();
        span.update_name(format!("{} {}", method(exchange), route(exchange)));
        span.set_attributes(attributes::of(exchange, error));
        let status = exchange.outcome.status;
        let failed = status.is_none_or(|status| status.is_server_error());
        if failed || exchange.outcome.aborted {
            // What caused it stands in the log line of the same trace.
            span.set_status(Status::error(""));
        }
    }
}
