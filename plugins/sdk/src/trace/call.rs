//! A request to the store as a trace tells of it, whichever stack sends it.

use std::fmt::Display;

use http::{Method, StatusCode};
use tracing::Span;
use tracing::field::{Empty, display};

use super::Bearing;
use crate::upstream::Upstream;

/// The span of one attempt, which ends with the last byte of its answer; disabled unless the span in
/// which it began is followed.
#[derive(Debug)]
pub struct Call(Span);

impl Default for Call {
    fn default() -> Self {
        Self(Span::none())
    }
}

impl Call {
    /// An attempt begins, within the present span.
    #[must_use]
    pub fn begin(method: &Method, upstream: &Upstream) -> Self {
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
            portico.connection.reused = Empty,
            error.type = Empty,
        ))
    }

    /// What the request bears of it; `None`: nothing.
    #[must_use]
    pub fn bearing(&self) -> Option<Bearing> {
        super::bearing(&self.0)
    }

    /// There is a connection.
    pub fn connected(&self, reused: bool) {
        self.0.record("portico.connection.reused", reused);
    }

    /// The head of the answer is there.
    pub fn answered(&self, status: StatusCode) {
        let code = i64::from(status.as_u16());
        self.0.record("http.response.status_code", code);
        if status.is_client_error() || status.is_server_error() {
            self.0.record("otel.status_code", "ERROR");
        }
    }

    /// The attempt has failed, and is over. The cause is one of a few words: it becomes an attribute.
    pub fn failed(&mut self, cause: impl Display) {
        self.0.record("otel.status_code", "ERROR");
        self.0.record("error.type", display(cause));
        self.end();
    }

    /// The answer is whole.
    pub fn end(&mut self) {
        self.0 = Span::none();
    }
}
