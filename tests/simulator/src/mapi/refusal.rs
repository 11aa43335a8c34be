//! Why a management request is not carried out: a status and HCP's words for it.

use http::StatusCode;

/// What becomes the status and `X-HCP-ErrorMessage`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{status}: {message}")]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
    /// The methods that the resource knows, where that is the trouble.
    pub(crate) allow: Option<String>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            allow: None,
        }
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    pub(crate) fn missing(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("Could not find {what}."))
    }

    pub(crate) fn exists(what: &str) -> Self {
        Self::new(StatusCode::CONFLICT, format!("{what} already exists."))
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message)
    }

    pub(crate) fn not_allowed(allow: String) -> Self {
        Self {
            status: StatusCode::METHOD_NOT_ALLOWED,
            message: "The method is not allowed for this resource.".to_owned(),
            allow: Some(allow),
        }
    }

    pub(crate) fn broken(error: &impl ToString) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}
