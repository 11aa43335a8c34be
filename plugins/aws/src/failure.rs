//! What an error of the SDK means to the caller: one table.

use std::error::Error as StdError;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use portico_sdk::{Error, Reason};

use crate::hearing;

/// The store's own word against a request.
#[derive(Debug, thiserror::Error)]
#[error("the store answered {status} {code}")]
pub struct Failed {
    /// The status on the wire; 200 where an operation failed behind its head.
    pub status: u16,
    /// The S3 code, as far as the answer tells one.
    pub code: String,
}

/// The error for the caller; `resource` is what it speaks of: `bucket 'b'`.
///
/// Without one of the known codes the store's status decides.
#[must_use]
pub fn failure<E>(error: SdkError<E, HttpResponse>, resource: &str) -> Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let status = error.raw_response().map(|raw| raw.status().as_u16());
    match (status, error) {
        (Some(status), SdkError::ServiceError(refused)) => {
            let meta = refused.err().meta();
            let code = meta.code().unwrap_or_default().to_owned();
            hearing::refused(&code);
            let words = worded(meta.message(), &code, status);
            let reason = by_code(&code).unwrap_or_else(|| reason(status));
            Error::with_message(reason, format!("{resource}: {words}"))
                .because(Failed { status, code })
        }
        // A success that cannot be read is none.
        (Some(status @ 400..), error @ SdkError::ResponseError(_)) => {
            // A status with a body that is no XML: a proxy's, or HEAD's.
            let reason = reason(status);
            let words = worded(None, "", status);
            Error::with_message(reason, format!("{resource}: {words}")).because(error)
        }
        (_, error) => unanswered(error, resource),
    }
}

fn worded(message: Option<&str>, code: &str, status: u16) -> String {
    let message = message.filter(|text| !text.is_empty());
    let known = http::StatusCode::from_u16(status).ok();
    let known = known.and_then(|status| status.canonical_reason());
    // The answer to a HEAD has no words, and some SDKs' names for it are none either.
    let named = Some(code).filter(|code| !code.is_empty() && !matches!(*code, "NotFound"));
    message.or(named).or(known).unwrap_or("Unknown").to_owned()
}

fn by_code(code: &str) -> Option<Reason> {
    Some(match code {
        "NoSuchBucket" | "NoSuchKey" | "NoSuchUpload" => Reason::NotFound,
        "BucketNotEmpty" | "BucketAlreadyExists" | "BucketAlreadyOwnedByYou" => Reason::Conflict,
        "AccessDenied" => Reason::AccessDenied,
        "InvalidBucketName" => Reason::InvalidBucketName,
        "InvalidArgument" | "InvalidPart" | "EntityTooSmall" | "InvalidPartOrder" => {
            Reason::InvalidArgument
        }
        "RequestTimeout" => Reason::RequestTimeout,
        "SlowDown" | "ServiceUnavailable" => Reason::StoreBusy,
        "PreconditionFailed" => Reason::PreconditionFailed,
        _ => return None,
    })
}

/// What a status of the store means, where no code says more.
#[must_use]
pub fn reason(status: u16) -> Reason {
    match status {
        401 => Reason::StoreRefused,
        403 => Reason::AccessDenied,
        404 => Reason::NotFound,
        405 => Reason::MethodNotAllowed,
        408 => Reason::RequestTimeout,
        409 => Reason::Conflict,
        411 => Reason::MissingContentLength,
        412 => Reason::PreconditionFailed,
        413 => Reason::EntityTooLarge,
        414 => Reason::UriTooLong,
        415 => Reason::UnsupportedMediaType,
        416 => Reason::InvalidRange,
        429 => Reason::SlowDown,
        400..=499 => Reason::InvalidRequest,
        500 => Reason::StoreFailed,
        501 => Reason::NotImplemented,
        503 => Reason::StoreBusy,
        504 => Reason::GatewayTimeout,
        _ => Reason::UpstreamFailed,
    }
}

/// No answer, or one that cannot be read.
fn unanswered<E>(error: SdkError<E, HttpResponse>, resource: &str) -> Error
where
    E: StdError + Send + Sync + 'static,
{
    let mut wait = None;
    let (reason, words) = match transport(&error) {
        Some(own) if portico_clients::is_unconnected(own) => {
            (Reason::ServiceUnavailable, "S3 endpoint unreachable")
        }
        Some(own) if own.reason() == Reason::GatewayTimeout => {
            (Reason::GatewayTimeout, "S3 read timed out")
        }
        Some(own) if own.reason() == Reason::StoreBusy => {
            wait = own.retry_delay();
            (Reason::StoreBusy, "S3 is not asked for a while")
        }
        None if matches!(error, SdkError::ConstructionFailure(_)) => (
            Reason::InvalidRequest,
            "the request cannot be written for the store",
        ),
        _ => (Reason::UpstreamFailed, "S3 connection error"),
    };
    let own = Error::with_message(reason, format!("{resource}: {words}")).because(error);
    match wait {
        Some(wait) => own.retry_after(wait),
        None => own,
    }
}

/// The error of the transport inside, if there is one.
fn transport<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(own) = error.downcast_ref::<Error>() {
            return Some(own);
        }
        next = error.source();
    }
    None
}
