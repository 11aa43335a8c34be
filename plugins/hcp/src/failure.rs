//! What went wrong between Portico and HCP's services, and what the caller is told: one table.

use http::{HeaderMap, StatusCode};
use portico_sdk::credential::NotForManagement;
use portico_sdk::upstream::NoUpstream;
use portico_sdk::{Error, Reason};

use crate::call::Service;

/// Where HCP says what is wrong (HCP, "Management API Reference", response headers).
const MESSAGE: &str = "x-hcp-errormessage";

/// HCP's own word against a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Any status that is no success.
    pub status: StatusCode,
    /// What HCP says about it: its header, else its body.
    pub detail: String,
}

impl Refused {
    pub(crate) fn new(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let header = headers.get(MESSAGE).map(http::HeaderValue::as_bytes);
        let detail = header.unwrap_or(body);
        Self {
            status,
            detail: String::from_utf8_lossy(detail).into_owned(),
        }
    }
}

/// No success, sorted by whose fault it is.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// HCP answered, and not with a success.
    #[error("HCP answered {}", .0.status)]
    Refused(Refused),
    /// The settings give no address.
    #[error("no address is known of {}", .0.label())]
    NoUpstream(Service, #[source] NoUpstream),
    /// The caller's credential is none that the service understands.
    #[error(transparent)]
    NotForManagement(#[from] NotForManagement),
    /// No connection was made.
    #[error("{} cannot be reached", .0.label())]
    Unreachable(Service, #[source] Error),
    /// Some wait was too long.
    #[error("{} did not answer in time", .0.label())]
    TimedOut(Service, #[source] Error),
    /// The connection or the answer broke.
    #[error("{} answered in a broken way", .0.label())]
    Broken(Service, #[source] Error),
    /// The answer is larger than the settings allow.
    #[error("{} answered with more than the settings allow", .0.label())]
    TooLarge(Service),
    /// Not HCP's fault: the caller's own body failed, or the request cannot be written.
    #[error("the request failed")]
    Ours(#[source] Error),
}

impl Failure {
    /// Sorts an error of the transport.
    pub(crate) fn of(service: Service, error: Error) -> Self {
        if portico_clients::is_unconnected(&error) {
            return Self::Unreachable(service, error);
        }
        match error.reason() {
            Reason::GatewayTimeout => Self::TimedOut(service, error),
            Reason::UpstreamFailed => Self::Broken(service, error),
            _ => Self::Ours(error),
        }
    }

    /// HCP's status, if it answered.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused(refused) => Some(refused.status),
            _ => None,
        }
    }

    /// The error for the caller. `resource` is what 302, 404 and 409 speak of: `tenant 'x'`.
    #[must_use]
    pub fn into_error(self, resource: &str) -> Error {
        let (reason, words) = match self {
            Self::Refused(refused) => return refused.into_error(resource),
            Self::Ours(error) => return error,
            Self::NoUpstream(Service::Management, cause) => {
                return Error::new(Reason::InternalError).because(cause);
            }
            Self::NoUpstream(Service::Query, _) => (
                Reason::InvalidRequest,
                "HCP domain not configured — cannot build query URL",
            ),
            Self::NotForManagement(_) => (
                Reason::AccessDenied,
                "The credential is no proof for HCP's management",
            ),
            Self::Unreachable(..) => (Reason::ServiceUnavailable, "unreachable"),
            Self::TimedOut(..) => (Reason::GatewayTimeout, "timed out"),
            Self::Broken(..) => (Reason::UpstreamFailed, "connection error"),
            Self::TooLarge(..) => (Reason::UpstreamFailed, "answered with too much"),
        };
        let words = match self.service() {
            Some(service) => format!("{} {words}", service.label()),
            None => words.to_owned(),
        };
        Error::with_message(reason, words).because(self)
    }

    fn service(&self) -> Option<Service> {
        match self {
            Self::Unreachable(service, _)
            | Self::TimedOut(service, _)
            | Self::Broken(service, _)
            | Self::TooLarge(service) => Some(*service),
            _ => None,
        }
    }
}

impl Refused {
    /// The table. Whatever is no success and not in it is HCP's fault.
    #[must_use]
    pub fn into_error(self, resource: &str) -> Error {
        let Self { status, detail } = self;
        let (reason, words) = match status.as_u16() {
            302 => (
                Reason::NotFound,
                format!("{resource} not found or no permission"),
            ),
            400 => (Reason::InvalidRequest, detail),
            401 => (Reason::StoreRefused, "HCP authentication failed".to_owned()),
            403 => (Reason::AccessDenied, detail),
            404 => (Reason::NotFound, format!("{resource} not found")),
            405 => (
                Reason::MethodNotAllowed,
                "Method not allowed for this resource".to_owned(),
            ),
            409 => (Reason::Conflict, format!("{resource}: {detail}")),
            414 => (Reason::UriTooLong, "Request URI too large".to_owned()),
            415 => (
                Reason::UnsupportedMediaType,
                "Unsupported media type".to_owned(),
            ),
            500 => (
                Reason::UpstreamFailed,
                format!("HCP internal error: {detail}"),
            ),
            503 => (Reason::StoreBusy, format!("HCP unavailable: {detail}")),
            other => (
                Reason::UpstreamFailed,
                format!("Unexpected HCP status {other}: {detail}"),
            ),
        };
        Error::with_message(reason, words)
    }
}
