//! S3 errors as HCP words them.

use std::borrow::Cow;

use http::StatusCode;
use s3s::{S3Error, S3ErrorCode, s3_error};

use crate::store::StoreError;

/// An error with a code that s3s may not know, and the status it goes with.
pub(crate) fn error(
    status: StatusCode,
    code: &'static str,
    message: impl Into<Cow<'static, str>>,
) -> S3Error {
    let code = S3ErrorCode::from_bytes(code.as_bytes()).unwrap_or(S3ErrorCode::InternalError);
    let mut error = S3Error::with_message(code, message);
    error.set_status_code(status);
    error
}

pub(crate) fn bad_request(code: &'static str, message: impl Into<Cow<'static, str>>) -> S3Error {
    error(StatusCode::BAD_REQUEST, code, message)
}

pub(crate) fn access_denied() -> S3Error {
    s3_error!(AccessDenied, "Access Denied")
}

/// `CompleteMultipartUpload` reports these with status 200, as it may have begun its answer.
pub(crate) fn late(mut error: S3Error) -> S3Error {
    let late = matches!(
        error.code(),
        S3ErrorCode::EntityTooSmall
            | S3ErrorCode::InvalidPart
            | S3ErrorCode::InvalidPartOrder
            | S3ErrorCode::PreconditionFailed
    );
    if late {
        error.set_status_code(StatusCode::OK);
    }
    error
}

impl From<StoreError> for S3Error {
    fn from(error: StoreError) -> Self {
        let code = match error {
            StoreError::NoSuchBucket => S3ErrorCode::NoSuchBucket,
            StoreError::NoSuchKey | StoreError::NoSuchVersion => S3ErrorCode::NoSuchKey,
            StoreError::KeyExists | StoreError::FolderClash | StoreError::FolderNotEmpty => {
                S3ErrorCode::OperationAborted
            }
            StoreError::NoSuchUpload => S3ErrorCode::NoSuchUpload,
            StoreError::InvalidPart => S3ErrorCode::InvalidPart,
            StoreError::InvalidPartOrder => S3ErrorCode::InvalidPartOrder,
            StoreError::EntityTooSmall => S3ErrorCode::EntityTooSmall,
        };
        Self::with_message(code, error.to_string())
    }
}
