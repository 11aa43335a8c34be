//! Reading, storing and deleting objects.

use std::collections::BTreeMap;

use s3s::dto::{
    DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject,
    ETag, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, Metadata,
    ObjectCannedACL, PutObjectInput, PutObjectOutput, Range, ServerSideEncryption, StreamingBlob,
};
use s3s::{S3Error, S3Request, S3Result, s3_error};

use super::conditions::{Conditions, precondition_failed};
use super::receive::receive;
use super::{Api, Need, acl, key_of, plan, timestamp, version_id};
use crate::store::{Acl, Blob, Bucket, Object, StoreError, Version, Versioning};

/// HCP stores a type for every object.
const DEFAULT_TYPE: &str = "application/octet-stream";

/// `x-amz-version-id` is told only while versioning is on.
pub(super) fn shown_version(bucket: &Bucket, id: u64) -> Option<String> {
    (bucket.versioning == Versioning::Enabled).then(|| id.to_string())
}

pub(super) fn strong(etag: &str) -> ETag {
    ETag::Strong(etag.to_owned())
}

/// Empty values are dropped.
pub(super) fn metadata_from(given: Option<Metadata>) -> BTreeMap<String, String> {
    let given = given.unwrap_or_default().into_iter();
    given.filter(|(_, value)| !value.is_empty()).collect()
}

pub(super) fn type_from(given: Option<String>) -> String {
    let given = given.filter(|value| !value.is_empty());
    given.unwrap_or_else(|| DEFAULT_TYPE.to_owned())
}

fn metadata_of(object: &Object) -> Metadata {
    object.metadata.clone().into_iter().collect()
}

/// The bytes to send and the `Content-Range` that goes with a part of them.
fn ranged(size: u64, range: Option<&Range>) -> S3Result<(std::ops::Range<u64>, Option<String>)> {
    let Some(range) = range else {
        return Ok((0..size, None));
    };
    let part = range.check(size).map_err(|_| {
        let mut error = s3_error!(InvalidRange, "The requested range cannot be satisfied.");
        if let Ok(value) = format!("bytes */{size}").parse() {
            error.set_headers([(http::header::CONTENT_RANGE, value)].into_iter().collect());
        }
        error
    })?;
    let (start, end) = (part.start, part.end);
    let shown = format!("bytes {start}-{}/{size}", end.saturating_sub(1));
    Ok((part, Some(shown)))
}

pub(super) fn signed(length: u64) -> Option<i64> {
    i64::try_from(length).ok()
}

impl Api {
    pub(super) fn get_object(&self, req: &S3Request<GetObjectInput>) -> S3Result<GetObjectOutput> {
        let input = &req.input;
        let key = key_of(req, &input.key);
        let version = version_id(input.version_id.as_deref())?;
        self.with_bucket(req, &input.bucket, Need::Read, |bucket, _| {
            let version = bucket.find(&key, version)?;
            let object = version.object().ok_or(StoreError::NoSuchKey)?;
            Conditions {
                matches: input.if_match.as_ref(),
                none_match: input.if_none_match.as_ref(),
                modified_since: input.if_modified_since.as_ref(),
                unmodified_since: input.if_unmodified_since.as_ref(),
            }
            .check_read(version)?;
            let (range, content_range) = ranged(version.size(), input.range.as_ref())?;
            Ok(GetObjectOutput {
                accept_ranges: Some("bytes".to_owned()),
                content_length: signed(range.end - range.start),
                body: Some(StreamingBlob::wrap(object.blob.slice(&range).read())),
                content_range,
                content_type: Some(object.content_type.clone()),
                e_tag: Some(strong(&object.etag)),
                last_modified: Some(timestamp(version.modified)),
                metadata: Some(metadata_of(object)),
                version_id: shown_version(bucket, version.id),
                ..GetObjectOutput::default()
            })
        })
    }

    /// A folder answers HEAD, though not GET.
    pub(super) fn head_object(
        &self,
        req: &S3Request<HeadObjectInput>,
    ) -> S3Result<HeadObjectOutput> {
        let input = &req.input;
        let key = key_of(req, &input.key);
        let version = version_id(input.version_id.as_deref())?;
        self.with_bucket(req, &input.bucket, Need::Read, |bucket, _| {
            let version = bucket.find(&key, version)?;
            if version.is_marker() {
                return Err(StoreError::NoSuchKey.into());
            }
            Conditions {
                matches: input.if_match.as_ref(),
                none_match: input.if_none_match.as_ref(),
                modified_since: input.if_modified_since.as_ref(),
                unmodified_since: input.if_unmodified_since.as_ref(),
            }
            .check_read(version)?;
            let (range, content_range) = ranged(version.size(), input.range.as_ref())?;
            Ok(HeadObjectOutput {
                content_length: signed(range.end - range.start),
                content_range,
                ..head_of(bucket, version)
            })
        })
    }

    pub(super) async fn put_object(
        &self,
        mut req: S3Request<PutObjectInput>,
    ) -> S3Result<PutObjectOutput> {
        let key = key_of(&req, &req.input.key);
        let bucket = req.input.bucket.clone();
        // A missing bucket or right is told before the client sends its bytes.
        self.with_bucket(&req, &bucket, Need::Write, |_, _| Ok(()))?;
        let owner = self.user(req.credentials.as_ref())?.username;
        let trailers = req.trailing_headers.take();
        let received = receive(&self.tenant, req.input.body.take(), &req.headers, trailers).await?;
        let object = Object {
            acl: acl::canned(req.input.acl.as_ref().map(ObjectCannedACL::as_str))?,
            blob: received.blob,
            etag: received.etag,
            content_type: type_from(req.input.content_type.take()),
            metadata: metadata_from(req.input.metadata.take()),
            owner,
        };
        let sse = req.input.server_side_encryption.take();
        let once = req
            .input
            .if_none_match
            .take()
            .is_some_and(|tag| tag.is_any());
        self.with_bucket(&req, &bucket, Need::Write, |bucket, ids| {
            if once && self.tenant.rules.conditional_writes && bucket.current(&key).is_some() {
                return Err(precondition_failed());
            }
            let id = bucket.put(&key, object, self.tenant.rules, ids)?;
            let stored = bucket.current(&key).ok_or(StoreError::NoSuchKey)?;
            Ok(PutObjectOutput {
                e_tag: Some(strong(stored.etag())),
                server_side_encryption: sse
                    .map(|_| ServerSideEncryption::from_static(ServerSideEncryption::AES256)),
                version_id: shown_version(bucket, id),
                ..PutObjectOutput::default()
            })
        })
    }

    pub(super) fn delete_object(
        &self,
        req: &S3Request<DeleteObjectInput>,
    ) -> S3Result<DeleteObjectOutput> {
        let key = key_of(req, &req.input.key);
        let version = version_id(req.input.version_id.as_deref()).unwrap_or(Some(0));
        let lag = plan(req).lag;
        self.with_bucket(req, &req.input.bucket, Need::Write, |bucket, ids| {
            let deleted = bucket.delete(&key, version, ids, lag)?;
            Ok(DeleteObjectOutput {
                delete_marker: deleted.marker.then_some(true),
                version_id: deleted.version.and_then(|id| shown_version(bucket, id)),
                ..DeleteObjectOutput::default()
            })
        })
    }

    pub(super) fn delete_objects(
        &self,
        req: &S3Request<DeleteObjectsInput>,
    ) -> S3Result<DeleteObjectsOutput> {
        let input = &req.input;
        let lag = plan(req).lag;
        let quiet = input.delete.quiet.unwrap_or(false);
        self.with_bucket(req, &input.bucket, Need::Write, |bucket, ids| {
            let (mut deleted, mut errors) = (Vec::new(), Vec::new());
            for object in &input.delete.objects {
                let version = version_id(object.version_id.as_deref()).unwrap_or(Some(0));
                match bucket.delete(&object.key, version, ids, lag) {
                    Ok(_) if quiet => {}
                    Ok(done) => deleted.push(DeletedObject {
                        key: Some(object.key.clone()),
                        version_id: object.version_id.clone(),
                        delete_marker: done.marker.then_some(true),
                        // The documentation prints "Not Implemented" in this place.
                        delete_marker_version_id: done
                            .marker
                            .then_some(done.version)
                            .flatten()
                            .and_then(|id| shown_version(bucket, id)),
                    }),
                    Err(error) => errors.push(failure(&object.key, error)),
                }
            }
            Ok(DeleteObjectsOutput {
                deleted: Some(deleted),
                errors: Some(errors),
                ..DeleteObjectsOutput::default()
            })
        })
    }
}

fn failure(key: &str, error: StoreError) -> s3s::dto::Error {
    let error = S3Error::from(error);
    s3s::dto::Error {
        code: Some(error.code().as_str().to_owned()),
        key: Some(key.to_owned()),
        message: error.message().map(str::to_owned),
        version_id: None,
    }
}

fn head_of(bucket: &Bucket, version: &Version) -> HeadObjectOutput {
    let object = version.object();
    HeadObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        content_type: Some(object.map_or(DEFAULT_TYPE.to_owned(), |o| o.content_type.clone())),
        e_tag: Some(strong(version.etag())),
        last_modified: Some(timestamp(version.modified)),
        metadata: object.map(metadata_of),
        version_id: shown_version(bucket, version.id),
        ..HeadObjectOutput::default()
    }
}

/// An object that is stored by hand, without a request.
pub(crate) fn seed(blob: Blob, etag: String, owner: &str) -> Object {
    Object {
        blob,
        etag,
        content_type: DEFAULT_TYPE.to_owned(),
        metadata: BTreeMap::new(),
        owner: owner.to_owned(),
        acl: Acl::default(),
    }
}
