//! A request to the store as a trace tells of it: one span for each attempt.

use http::StatusCode;
use pingora::http::RequestHeader;
use portico_sdk::Exchange;
use portico_sdk::exchange::PassedOn;
use portico_sdk::trace::{self, TRACEPARENT, TRACESTATE};
use portico_sdk::upstream::Upstream;
use tracing::Span;
use tracing::field::Empty;

use super::EngineResult;

/// The span of the attempt that is being made, if its exchange is followed.
pub struct Call(Span);

impl Default for Call {
    fn default() -> Self {
        Self(Span::none())
    }
}

impl Call {
    /// An attempt begins.
    pub(super) fn begin(&mut self, exchange: &Exchange, upstream: &Upstream) {
        let method = exchange.head.method().as_str();
        self.0 = exchange.span.in_scope(|| {
            tracing::debug_span!(
                "upstream",
                otel.name = method,
                otel.kind = "client",
                otel.status_code = Empty,
                http.request.method = method,
                http.response.status_code = Empty,
                server.address = %upstream.host(),
                server.port = i64::from(upstream.port()),
                portico.connection.reused = Empty,
                error.type = Empty,
            )
        });
    }

    /// Tells the store to whose trace the request belongs. What goes on untouched is left so: whoever
    /// asks may have signed it.
    pub(super) fn bear(
        &self,
        exchange: &Exchange,
        request: &mut RequestHeader,
    ) -> EngineResult<()> {
        if self.0.is_disabled() || exchange.extensions.get::<PassedOn>().is_some() {
            return Ok(());
        }
        let Some(bearing) = trace::bearing(&self.0) else {
            return Ok(());
        };
        request.insert_header(TRACEPARENT, bearing.parent)?;
        if let Some(state) = bearing.state {
            return request.insert_header(TRACESTATE, state);
        }
        request.remove_header(&TRACESTATE);
        Ok(())
    }

    /// There is a connection.
    pub(super) fn connected(&self, reused: bool) {
        self.0.record("portico.connection.reused", reused);
    }

    /// The head of the answer is there.
    pub(super) fn answered(&self, status: StatusCode) {
        self.0
            .record("http.response.status_code", i64::from(status.as_u16()));
        if status.is_client_error() || status.is_server_error() {
            self.0.record("otel.status_code", "ERROR");
        }
    }

    /// The attempt has failed; what is known of the cause is one of a few words.
    pub(super) fn failed(&mut self, cause: &str) {
        self.0.record("otel.status_code", "ERROR");
        self.0.record("error.type", cause);
        self.end();
    }

    /// The answer is whole.
    pub(super) fn end(&mut self) {
        self.0 = Span::none();
    }
}
