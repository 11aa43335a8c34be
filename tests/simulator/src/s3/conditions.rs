//! `If-Match` and its siblings (RFC 9110 §13): `ETag`s are looked at before dates.

use http::StatusCode;
use s3s::dto::{ETag, ETagCondition, Timestamp};
use s3s::{S3Error, S3Result, s3_error};
use time::OffsetDateTime;

use super::errors;
use crate::store::Version;

/// The conditions of a request on an object that is there.
#[derive(Default)]
pub(super) struct Conditions<'a> {
    pub(super) matches: Option<&'a ETagCondition>,
    pub(super) none_match: Option<&'a ETagCondition>,
    pub(super) modified_since: Option<&'a Timestamp>,
    pub(super) unmodified_since: Option<&'a Timestamp>,
}

enum Outcome {
    Met,
    Failed,
    NotModified,
}

impl Conditions<'_> {
    /// For reads: 412, or 304 where the client has the object already.
    pub(super) fn check_read(&self, version: &Version) -> S3Result<()> {
        match self.outcome(version) {
            Outcome::Met => Ok(()),
            Outcome::Failed => Err(precondition_failed()),
            Outcome::NotModified => Err(not_modified(version)),
        }
    }

    /// For the source of a copy: every condition that is not met is a 412.
    pub(super) fn check_copy(&self, version: &Version) -> S3Result<()> {
        match self.outcome(version) {
            Outcome::Met => Ok(()),
            Outcome::Failed | Outcome::NotModified => Err(precondition_failed()),
        }
    }

    fn outcome(&self, version: &Version) -> Outcome {
        let is = |condition: &ETagCondition| matches(condition, version);
        // HTTP dates have no fractions of a second.
        let modified = version
            .modified
            .replace_nanosecond(0)
            .unwrap_or(version.modified);
        let after = |date: &Timestamp| modified > OffsetDateTime::from(date.clone());
        match (self.matches, self.unmodified_since) {
            (Some(tag), _) if !is(tag) => return Outcome::Failed,
            (None, Some(date)) if after(date) => return Outcome::Failed,
            _ => {}
        }
        match (self.none_match, self.modified_since) {
            (Some(tag), _) if is(tag) => Outcome::NotModified,
            (None, Some(date)) if !after(date) => Outcome::NotModified,
            _ => Outcome::Met,
        }
    }
}

pub(super) fn matches(condition: &ETagCondition, version: &Version) -> bool {
    condition.is_any()
        || condition
            .as_etag()
            .is_some_and(|tag| tag.value() == version.etag())
}

pub(super) fn precondition_failed() -> S3Error {
    s3_error!(
        PreconditionFailed,
        "At least one of the pre-conditions you specified did not hold."
    )
}

fn not_modified(version: &Version) -> S3Error {
    let mut error = errors::error(StatusCode::NOT_MODIFIED, "NotModified", "Not Modified");
    let etag = ETag::Strong(version.etag().to_owned()).to_http_header();
    if let Ok(etag) = etag {
        error.set_headers([(http::header::ETAG, etag)].into_iter().collect());
    }
    error
}
