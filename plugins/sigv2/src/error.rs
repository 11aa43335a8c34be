//! What can be wrong with a proof, sorted so that a server can answer as S3 does.

pub use portico_sigv4::Form;
use thiserror::Error;

/// Why a request is not accepted. The texts may go to the client: they repeat nothing of a
/// secret, a token or a signature.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ProofError {
    /// Query parameters of a presigned URL beside an `Authorization` header of any scheme.
    #[error(
        "only one auth mechanism allowed; only the Signature query string parameter or the \
         Authorization header should be specified"
    )]
    ConflictingMechanisms,
    /// The claim itself cannot be read.
    #[error("the {form} is malformed: {fault}")]
    Malformed {
        /// Which form the client chose.
        form: Form,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A presigned URL without one of its three parameters.
    #[error(
        "query-string authentication requires the Signature, Expires and AWSAccessKeyId \
         parameters"
    )]
    IncompleteQuery,
    /// `Expires` is not a number of seconds.
    #[error("invalid date (should be seconds since epoch)")]
    InvalidExpires,
    /// A header whose value must be one was sent more than once.
    #[error("the header {0} must not be repeated")]
    RepeatedHeader(&'static str),
    /// An `x-amz-*` name stands in the query and in the headers, with two values.
    #[error("the header {0} and the query parameter of that name differ")]
    Contradiction(String),
    /// Neither `x-amz-date` nor `Date`.
    #[error("AWS authentication requires a valid Date or x-amz-date header")]
    MissingDate,
    /// A date that cannot be read.
    #[error("AWS authentication requires a valid Date or x-amz-date header")]
    InvalidDate,
    /// Method, path or a signed parameter holds what could pass for another part of the
    /// text that is signed.
    #[error("the request target has a {0} that cannot be signed")]
    Target(&'static str),
    /// Signed in the header, more than 15 minutes away from the server's clock.
    #[error("the difference between the request time and the current time is too large")]
    Skewed,
    /// A presigned URL past its end.
    #[error("request has expired")]
    Expired,
    /// Well formed, in time, and not made with this secret for this request.
    #[error(
        "the request signature we calculated does not match the signature you provided; check \
         your key and signing method"
    )]
    SignatureMismatch,
}

impl ProofError {
    /// The `<Code>` with which S3 answers this fault (*Error responses*, S3 API Reference).
    #[must_use]
    pub fn s3_code(&self) -> &'static str {
        match self {
            Self::Malformed { .. }
            | Self::ConflictingMechanisms
            | Self::RepeatedHeader(_)
            | Self::Contradiction(_) => "InvalidArgument",
            Self::Target(_) => "InvalidRequest",
            Self::IncompleteQuery
            | Self::InvalidExpires
            | Self::MissingDate
            | Self::InvalidDate
            | Self::Expired => "AccessDenied",
            Self::Skewed => "RequestTimeTooSkewed",
            Self::SignatureMismatch => "SignatureDoesNotMatch",
        }
    }

    /// The HTTP status that belongs to [`s3_code`](Self::s3_code).
    #[must_use]
    pub fn status(&self) -> http::StatusCode {
        match self.s3_code() {
            "InvalidArgument" | "InvalidRequest" => http::StatusCode::BAD_REQUEST,
            _ => http::StatusCode::FORBIDDEN,
        }
    }
}

/// What is wrong with a claim.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Fault {
    /// Not `AWS <access key>:<signature>`.
    #[error("expected AWS <access key>:<signature>")]
    Shape,
    /// A parameter stands in the query twice.
    #[error("{0} must not be repeated")]
    Repeated(String),
    /// Bytes that no header may hold, or an access key that is not visible ASCII.
    #[error("it holds characters that are not allowed")]
    Characters,
    /// Not 20 bytes in Base64 with padding.
    #[error("the signature must be 28 characters of Base64")]
    Signature,
}

impl Fault {
    pub(crate) fn of(self, form: Form) -> ProofError {
        ProofError::Malformed { form, fault: self }
    }
}
