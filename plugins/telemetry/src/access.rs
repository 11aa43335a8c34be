//! The access log: one event under the target `access` for each exchange that has ended.

use std::net::IpAddr;
use std::time::Duration;

use http::StatusCode;
use portico_sdk::error::chain;
use portico_sdk::exchange::PassedOn;
use portico_sdk::trace::TraceIds;
use portico_sdk::{Error, Exchange, Observe, Tenant};
use tracing::Level;

use crate::{health, redact};

/// Writes the line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AccessLog;

impl Observe for AccessLog {
    fn observe(&self, exchange: &Exchange, error: Option<&Error>) {
        let (listener, path) = (exchange.arrival.listener, exchange.head.raw_path());
        if tracing::enabled!(target: "access", Level::WARN) && !health::is_asked(listener, path) {
            let path = redact::path(path);
            // A line that is exported finds its trace there.
            let _within = exchange.span.enter();
            Line::new(exchange, error, &path).write();
        }
    }
}

/// What the line says. Whatever is not known is left out.
struct Line<'a> {
    exchange: &'a Exchange,
    path: &'a str,
    query: Option<String>,
    error: Option<String>,
    reason: Option<String>,
    client_ip: Option<String>,
    to_head: Option<f64>,
    total: f64,
}

impl<'a> Line<'a> {
    fn new(exchange: &'a Exchange, error: Option<&Error>, path: &'a str) -> Self {
        let client = exchange.arrival.client.map(|client| client.ip());
        Self {
            exchange,
            path,
            query: exchange.head.raw_query().and_then(redact::query),
            error: error.map(|error| chain(error)),
            reason: error.map(|error| format!("{:?}", error.reason())),
            client_ip: client.as_ref().map(IpAddr::to_string),
            to_head: exchange.outcome.to_head.map(milliseconds),
            total: milliseconds(exchange.arrival.at.elapsed()),
        }
    }

    fn write(&self) {
        let status = self.exchange.outcome.status;
        if status.is_some_and(|status| status.is_server_error()) {
            self.write_warning();
        } else {
            self.write_information();
        }
    }

    /// `GET /path 200 1.25ms`.
    fn message(&self) -> String {
        let status = self.exchange.outcome.status.as_ref();
        format!(
            "{} {} {} {:.2}ms",
            self.exchange.head.method(),
            self.path,
            status.map_or("-", StatusCode::as_str),
            self.to_head.unwrap_or(self.total)
        )
    }
}

/// The level of an event is part of its place in the code, hence one place for each level.
macro_rules! write_at {
    ($name:ident, $level:expr) => {
        impl Line<'_> {
            fn $name(&self) {
                let exchange = self.exchange;
                let outcome = &exchange.outcome;
                let ids = exchange.extensions.get::<TraceIds>();
                let principal = exchange.principal.as_ref();
                let tenant = principal.and_then(|principal| principal.tenant.as_ref());
                tracing::event!(
                    target: "access",
                    $level,
                    request_id = exchange.id,
                    method = exchange.head.method().as_str(),
                    path = self.path,
                    query = self.query,
                    status = outcome.status.map(|status| status.as_u16()),
                    duration_ms = self.to_head,
                    total_ms = self.total,
                    user = principal.map(|principal| principal.user.as_str()),
                    tenant = tenant.map(Tenant::as_str),
                    way = way(exchange),
                    client_ip = self.client_ip,
                    listener = exchange.arrival.listener.label(),
                    operation = exchange.route.operation(),
                    trace_id = ids.map(|ids| ids.trace.as_str()),
                    span_id = ids.and_then(|ids| ids.span.as_deref()),
                    bytes_in = outcome.bytes_in,
                    bytes_out = outcome.bytes_out,
                    forwarded = outcome.forwarded,
                    aborted = outcome.aborted.then_some(true),
                    reason = self.reason,
                    error = self.error,
                    "{}",
                    self.message()
                );
            }
        }
    };
}

write_at!(write_warning, Level::WARN);
write_at!(write_information, Level::INFO);

/// How the caller proved who they are, or that this was left to the store.
fn way(exchange: &Exchange) -> Option<&'static str> {
    let passed = || exchange.extensions.get::<PassedOn>();
    match &exchange.principal {
        Some(principal) => Some(principal.way.label()),
        None => passed().map(|_| "passthrough"),
    }
}

/// Milliseconds with two decimals.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 100_000.0).round() / 100.0
}
