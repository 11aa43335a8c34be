//! Why the query API does not answer a query.

use http::{HeaderValue, StatusCode};

use crate::answer::{Reply, add_security_headers, plain};

/// A status and, for `X-HCP-ErrorMessage`, why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{status}: {message}")]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }

    /// 400: something in the request is not as the API has it.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    /// The body of HCP's errors is unpublished; clients read the header.
    pub(super) fn reply(&self) -> Reply {
        let mut reply = plain(self.status, "");
        let status = reply.status();
        let headers = reply.headers_mut();
        add_security_headers(status, headers);
        let visible = |c: char| if (' '..='~').contains(&c) { c } else { '?' };
        let message: String = self.message.chars().map(visible).take(1024).collect();
        if let Ok(value) = HeaderValue::from_str(&message) {
            headers.insert("x-hcp-errormessage", value);
        }
        reply
    }
}
