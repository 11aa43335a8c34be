//! What can be wrong with a proof, sorted so that a server can answer as S3 does.

use std::fmt;

use thiserror::Error;

/// Where the proof stands in the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// In the `Authorization` header.
    Header,
    /// In the query, as presigned URLs carry it.
    Query,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "authorization header",
            Self::Query => "authorization query parameters",
        })
    }
}

/// Why a request is not accepted. The texts may go to the client: they repeat nothing of a
/// secret, a token or a signature.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ProofError {
    /// Presign parameters beside an `Authorization` header.
    #[error(
        "only one auth mechanism allowed; only the X-Amz-Algorithm query parameter or the \
         Authorization header should be specified"
    )]
    ConflictingMechanisms,
    /// `AWS4-ECDSA-P256-SHA256` and whatever else begins with `AWS4-`.
    #[error("the {0} does not name AWS4-HMAC-SHA256, the only algorithm supported")]
    UnsupportedAlgorithm(Form),
    /// The claim itself cannot be read.
    #[error("the {form} is malformed: {fault}")]
    Malformed {
        /// Which form the client chose.
        form: Form,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A header whose value must be one was sent more than once.
    #[error("the header {0} must not be repeated")]
    RepeatedHeader(&'static str),
    /// Neither `x-amz-date` nor `Date`.
    #[error("AWS authentication requires a valid Date or x-amz-date header")]
    MissingDate,
    /// A date that cannot be read.
    #[error("AWS authentication requires a valid Date or x-amz-date header")]
    InvalidDate,
    /// S3 wants `x-amz-content-sha256` on every request signed in the header.
    #[error("missing required header for this request: x-amz-content-sha256")]
    MissingContentSha256,
    /// A value of `x-amz-content-sha256` that is no hash and no mode known here.
    #[error(
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, \
         STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a \
         valid sha256 value"
    )]
    InvalidContentSha256,
    /// `host` or an `x-amz-*` header was sent but not signed; their names.
    #[error("there were headers present in the request which were not signed: {}", .0.join(", "))]
    UnsignedHeaders(Vec<String>),
    /// A header was signed that the request does not have.
    #[error("the signed header {0} is not present in the request")]
    MissingSignedHeader(String),
    /// Signed in the header, more than 15 minutes away from the server's clock.
    #[error("the difference between the request time and the current time is too large")]
    Skewed,
    /// Presigned more than 15 minutes ahead of the server's clock.
    #[error("request is not yet valid")]
    NotYetValid,
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
            Self::Malformed {
                form: Form::Header, ..
            } => "AuthorizationHeaderMalformed",
            Self::Malformed {
                form: Form::Query, ..
            } => "AuthorizationQueryParametersError",
            Self::UnsupportedAlgorithm(_) | Self::MissingContentSha256 => "InvalidRequest",
            Self::ConflictingMechanisms | Self::RepeatedHeader(_) | Self::InvalidContentSha256 => {
                "InvalidArgument"
            }
            Self::MissingDate
            | Self::InvalidDate
            | Self::UnsignedHeaders(_)
            | Self::NotYetValid
            | Self::Expired => "AccessDenied",
            Self::Skewed => "RequestTimeTooSkewed",
            Self::MissingSignedHeader(_) | Self::SignatureMismatch => "SignatureDoesNotMatch",
        }
    }

    /// The HTTP status that belongs to [`s3_code`](Self::s3_code).
    #[must_use]
    pub fn status(&self) -> http::StatusCode {
        match self.s3_code() {
            "AccessDenied" | "RequestTimeTooSkewed" | "SignatureDoesNotMatch" => {
                http::StatusCode::FORBIDDEN
            }
            _ => http::StatusCode::BAD_REQUEST,
        }
    }
}

/// What is wrong with a claim.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Fault {
    /// A part is absent or empty.
    #[error("{0} is missing or empty")]
    Missing(&'static str),
    /// A part stands there twice.
    #[error("{0} must not be repeated")]
    Repeated(&'static str),
    /// A part that is none of `Credential`, `SignedHeaders`, `Signature`.
    #[error("it has a part that is not known")]
    Unknown,
    /// Bytes outside visible ASCII.
    #[error("it holds characters that are not allowed")]
    Characters,
    /// Not `<access key>/<date>/<region>/<service>/aws4_request`.
    #[error("the credential must be <access-key>/YYYYMMDD/REGION/SERVICE/aws4_request")]
    Credential,
    /// The credential names another service than `s3`.
    #[error("the credential should be scoped to the service s3")]
    Service,
    /// The date of the credential is not the day of the request.
    #[error("the date of the credential is not the date of the request")]
    ScopeDate,
    /// An empty, repeated or not lower-case name.
    #[error("the signed headers must be lower-case names, each once, separated by semicolons")]
    SignedHeaders,
    /// Not 64 lower-case hexadecimal digits.
    #[error("the signature must be 64 lower-case hexadecimal digits")]
    Signature,
    /// `X-Amz-Date` is not of the form `YYYYMMDD'T'HHMMSS'Z'`.
    #[error("X-Amz-Date must be in the ISO 8601 format \"yyyyMMdd'T'HHmmss'Z'\"")]
    Date,
    /// `X-Amz-Expires` is no number from 1 to 604800.
    #[error("X-Amz-Expires must be a number of seconds from 1 to 604800 (a week)")]
    Expires,
}

impl Fault {
    pub(crate) fn of(self, form: Form) -> ProofError {
        ProofError::Malformed { form, fault: self }
    }
}
