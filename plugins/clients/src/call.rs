//! What a trace tells of a request: its span, which ends with the body of the answer.

use http::{HeaderMap, Method, StatusCode};
use portico_sdk::upstream::Upstream;
use portico_sdk::{Error, trace};
use tracing::Span;
use tracing::field::Empty;

/// The span of a request to the store.
pub(crate) struct Call(Span);

impl Call {
    pub(crate) fn begin(upstream: &Upstream, method: &Method) -> Self {
        let method = method.as_str();
        Self(tracing::debug_span!(
            "upstream",
            otel.name = method,
            otel.kind = "client",
            otel.status_code = Empty,
            http.request.method = method,
            http.response.status_code = Empty,
            server.address = %upstream.host(),
            server.port = i64::from(upstream.port()),
            error.type = Empty,
        ))
    }

    /// Tells the store to whose trace the request belongs.
    pub(crate) fn bear(&self, headers: &mut HeaderMap) {
        if let Some(bearing) = trace::bearing(&self.0) {
            bearing.put(headers);
        }
    }

    pub(crate) fn answered(&self, status: StatusCode) {
        self.0
            .record("http.response.status_code", i64::from(status.as_u16()));
        if status.is_client_error() || status.is_server_error() {
            self.0.record("otel.status_code", "ERROR");
        }
    }

    pub(crate) fn failed(&self, error: &Error) {
        self.0.record("otel.status_code", "ERROR");
        // The names of an enumeration.
        self.0.record("error.type", format!("{:?}", error.reason()));
    }
}
