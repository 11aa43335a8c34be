//! The error of every phase: sorted by what the caller can do, worded for the caller, with its
//! cause kept apart for the log.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::StatusCode;

use crate::brake::Claimed;

/// Everything that can go wrong with an exchange, by its name in the S3 error table
/// (AWS, "Error responses") where it has one.
///
/// One place, [`Reason::row`], gives each its statuses and default words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    missing_docs,
    reason = "the names are AWS's error codes and mean what AWS says"
)]
pub enum Reason {
    AccessDenied,
    AuthorizationHeaderMalformed,
    AuthorizationQueryParametersError,
    BadDigest,
    Conflict,
    EntityTooLarge,
    ExpiredToken,
    GatewayTimeout,
    HeadTooLarge,
    IncompleteBody,
    InternalError,
    InvalidAccessKeyId,
    InvalidArgument,
    InvalidBucketName,
    InvalidDigest,
    InvalidRange,
    InvalidRequest,
    InvalidToken,
    InvalidUri,
    LoginRefused,
    LoopDetected,
    MethodNotAllowed,
    MissingContentLength,
    MissingSecurityHeader,
    NotAuthenticated,
    NotFound,
    NotImplemented,
    Overloaded,
    PreconditionFailed,
    RequestTimeTooSkewed,
    RequestTimeout,
    ServiceUnavailable,
    SignatureDoesNotMatch,
    SlowDown,
    StoreBusy,
    StoreFailed,
    StoreRefused,
    Unprocessable,
    UnsupportedMediaType,
    UpstreamFailed,
    UriTooLong,
    XAmzContentSha256Mismatch,
}

/// What a caller can do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// Change the request.
    Change,
    /// Prove who they are, or again.
    Prove,
    /// Ask whoever grants the right.
    Ask,
    /// Wait and repeat the request unchanged.
    Wait,
    /// Nothing; the operator must act.
    Report,
}

/// One row of the error table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The `Code` element in S3 XML.
    pub code: &'static str,
    /// The status on the S3 door.
    pub s3_status: StatusCode,
    /// The status on REST.
    pub rest_status: StatusCode,
    /// What the caller can do.
    pub remedy: Remedy,
    /// The words when nothing better is known.
    pub message: &'static str,
}

const fn row(
    code: &'static str,
    s3_status: StatusCode,
    rest_status: StatusCode,
    remedy: Remedy,
    message: &'static str,
) -> Row {
    Row {
        code,
        s3_status,
        rest_status,
        remedy,
        message,
    }
}

impl Reason {
    /// Statuses, remedy and default words.
    #[must_use]
    #[rustfmt::skip]
    pub const fn row(self) -> Row {
        use Remedy::{Ask, Change, Prove, Report, Wait};
        use StatusCode as S;
        match self {
            Self::AccessDenied => row("AccessDenied", S::FORBIDDEN, S::FORBIDDEN, Ask, "Access Denied"),
            Self::AuthorizationHeaderMalformed => row("AuthorizationHeaderMalformed", S::BAD_REQUEST, S::BAD_REQUEST, Change, "The authorization header is malformed."),
            Self::AuthorizationQueryParametersError => row("AuthorizationQueryParametersError", S::BAD_REQUEST, S::BAD_REQUEST, Change, "The authorization query parameters are malformed."),
            Self::BadDigest => row("BadDigest", S::BAD_REQUEST, S::BAD_REQUEST, Change, "The checksum you specified did not match what we received."),
            Self::Conflict => row("OperationAborted", S::CONFLICT, S::CONFLICT, Change, "A conflicting operation is in progress against this resource, or it exists already."),
            Self::EntityTooLarge => row("EntityTooLarge", S::BAD_REQUEST, S::PAYLOAD_TOO_LARGE, Change, "Your proposed upload exceeds the maximum allowed size."),
            Self::ExpiredToken => row("ExpiredToken", S::BAD_REQUEST, S::UNAUTHORIZED, Prove, "The provided token has expired."),
            Self::GatewayTimeout => row("ServiceUnavailable", S::GATEWAY_TIMEOUT, S::GATEWAY_TIMEOUT, Wait, "The store did not answer in time."),
            Self::HeadTooLarge => row("RequestHeaderSectionTooLarge", S::BAD_REQUEST, S::REQUEST_HEADER_FIELDS_TOO_LARGE, Change, "Your request header and query parameters used to make the request exceed the maximum allowed size."),
            Self::IncompleteBody => row("IncompleteBody", S::BAD_REQUEST, S::BAD_REQUEST, Change, "You did not provide the number of bytes specified by the Content-Length HTTP header."),
            Self::InternalError => row("InternalError", S::INTERNAL_SERVER_ERROR, S::INTERNAL_SERVER_ERROR, Report, "We encountered an internal error. Please try again."),
            Self::InvalidAccessKeyId => row("InvalidAccessKeyId", S::FORBIDDEN, S::UNAUTHORIZED, Prove, "The AWS access key Id you provided does not exist in our records."),
            Self::InvalidArgument => row("InvalidArgument", S::BAD_REQUEST, S::BAD_REQUEST, Change, "Invalid Argument"),
            Self::InvalidBucketName => row("InvalidBucketName", S::BAD_REQUEST, S::BAD_REQUEST, Change, "The specified bucket is not valid."),
            Self::InvalidDigest => row("InvalidDigest", S::BAD_REQUEST, S::BAD_REQUEST, Change, "The Content-MD5 or checksum value that you specified is not valid."),
            Self::InvalidRange => row("InvalidRange", S::RANGE_NOT_SATISFIABLE, S::RANGE_NOT_SATISFIABLE, Change, "The requested range is not satisfiable."),
            Self::InvalidRequest => row("InvalidRequest", S::BAD_REQUEST, S::BAD_REQUEST, Change, "Invalid Request"),
            Self::InvalidToken => row("InvalidToken", S::BAD_REQUEST, S::UNAUTHORIZED, Prove, "The provided token is malformed or otherwise not valid."),
            Self::InvalidUri => row("InvalidURI", S::BAD_REQUEST, S::BAD_REQUEST, Change, "Couldn't parse the specified URI."),
            Self::LoginRefused => row("AccessDenied", S::FORBIDDEN, S::UNAUTHORIZED, Prove, "Incorrect username or password"),
            Self::LoopDetected => row("LoopDetected", S::LOOP_DETECTED, S::LOOP_DETECTED, Report, "The request came back to the gateway that sent it."),
            Self::MethodNotAllowed => row("MethodNotAllowed", S::METHOD_NOT_ALLOWED, S::METHOD_NOT_ALLOWED, Change, "The specified method is not allowed against this resource."),
            Self::MissingContentLength => row("MissingContentLength", S::LENGTH_REQUIRED, S::LENGTH_REQUIRED, Change, "You must provide the Content-Length HTTP header."),
            Self::MissingSecurityHeader => row("MissingSecurityHeader", S::BAD_REQUEST, S::BAD_REQUEST, Change, "Your request is missing a required header."),
            Self::NotAuthenticated => row("AccessDenied", S::FORBIDDEN, S::UNAUTHORIZED, Prove, "Not authenticated"),
            Self::NotFound => row("NoSuchKey", S::NOT_FOUND, S::NOT_FOUND, Change, "Not Found"),
            Self::NotImplemented => row("NotImplemented", S::NOT_IMPLEMENTED, S::NOT_IMPLEMENTED, Change, "A header or operation you provided implies functionality that is not implemented."),
            Self::Overloaded => row("SlowDown", S::SERVICE_UNAVAILABLE, S::SERVICE_UNAVAILABLE, Wait, "There is too much to do at present. Please try again later."),
            Self::PreconditionFailed => row("PreconditionFailed", S::PRECONDITION_FAILED, S::PRECONDITION_FAILED, Change, "At least one of the preconditions you specified did not hold."),
            Self::RequestTimeTooSkewed => row("RequestTimeTooSkewed", S::FORBIDDEN, S::UNAUTHORIZED, Prove, "The difference between the request time and the server's time is too large."),
            Self::RequestTimeout => row("RequestTimeout", S::BAD_REQUEST, S::REQUEST_TIMEOUT, Wait, "Your socket connection to the server was not read from or written to within the timeout period."),
            Self::ServiceUnavailable => row("ServiceUnavailable", S::SERVICE_UNAVAILABLE, S::BAD_GATEWAY, Wait, "The store cannot be reached."),
            Self::SignatureDoesNotMatch => row("SignatureDoesNotMatch", S::FORBIDDEN, S::UNAUTHORIZED, Prove, "The request signature we calculated does not match the signature you provided. Check your key and signing method."),
            Self::SlowDown => row("SlowDown", S::SERVICE_UNAVAILABLE, S::TOO_MANY_REQUESTS, Wait, "Please reduce your request rate."),
            Self::StoreBusy => row("ServiceUnavailable", S::SERVICE_UNAVAILABLE, S::SERVICE_UNAVAILABLE, Wait, "The store is not available at present."),
            // Its own fault, in its own words; `InternalError` is ours, and says nothing.
            Self::StoreFailed => row("InternalError", S::INTERNAL_SERVER_ERROR, S::INTERNAL_SERVER_ERROR, Wait, "The store failed."),
            // A 401 without a challenge: Portico has believed the token, the store what it stands for not.
            Self::StoreRefused => row("AccessDenied", S::FORBIDDEN, S::UNAUTHORIZED, Ask, "The store refused the credential."),
            Self::Unprocessable => row("InvalidArgument", S::BAD_REQUEST, S::UNPROCESSABLE_ENTITY, Change, "Unprocessable Content"),
            Self::UnsupportedMediaType => row("InvalidRequest", S::UNSUPPORTED_MEDIA_TYPE, S::UNSUPPORTED_MEDIA_TYPE, Change, "Unsupported media type"),
            Self::UpstreamFailed => row("InternalError", S::BAD_GATEWAY, S::BAD_GATEWAY, Wait, "The store answered in a way that could not be understood."),
            Self::UriTooLong => row("InvalidURI", S::URI_TOO_LONG, S::URI_TOO_LONG, Change, "Request URI too large"),
            Self::XAmzContentSha256Mismatch => row("XAmzContentSHA256Mismatch", S::BAD_REQUEST, S::BAD_REQUEST, Change, "The provided 'x-amz-content-sha256' header does not match what was computed."),
        }
    }
}

/// What went wrong, in two voices: the caller's words and the log's cause.
///
/// `Display` is what the caller reads and never holds a cause; the cause is reached through
/// [`StdError::source`]. Boxed, so that results stay small on the paths that succeed.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    reason: Reason,
    message: Cow<'static, str>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
    retry_after: Option<Duration>,
    claimed: Option<Claimed>,
}

impl Error {
    /// An error with the default words of its reason.
    #[must_use]
    pub fn new(reason: Reason) -> Self {
        Self::with_message(reason, reason.row().message)
    }

    /// An error with words of its own, which the caller will read: no secrets, no hint about
    /// which secret was wrong, no address of the store.
    #[must_use]
    pub fn with_message(reason: Reason, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            reason,
            message: message.into(),
            cause: None,
            retry_after: None,
            claimed: None,
        }))
    }

    /// Adds what only the log may read.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// Says when a repeat makes sense (`Retry-After`, RFC 9110 section 10.2.3; whole seconds).
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.0.retry_after = Some(delay);
        self
    }

    /// Says whom a proof that failed claimed to be, for the brake alone.
    #[must_use]
    pub fn claiming(mut self, claimed: Claimed) -> Self {
        self.0.claimed = Some(claimed);
        self
    }

    /// Whom a proof that failed claimed to be, if that is known.
    #[must_use]
    pub fn claimed(&self) -> Option<&Claimed> {
        self.0.claimed.as_ref()
    }

    /// What went wrong.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.0.reason
    }

    /// The words for the caller.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// When a repeat makes sense, if that is known.
    #[must_use]
    pub fn retry_delay(&self) -> Option<Duration> {
        self.0.retry_after
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.cause.as_deref().map(|cause| cause as _)
    }
}

/// The whole chain of causes on one line, for the log.
#[must_use]
pub fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        next = cause.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_for_the_log_alone() {
        let error = Error::new(Reason::ServiceUnavailable).because("refused by 10.0.0.1");
        assert!(!error.to_string().contains("10.0.0.1"));
        assert!(chain(&error).ends_with("refused by 10.0.0.1"));
    }

    #[test]
    fn a_result_of_an_error_stays_one_word() {
        assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
    }
}
