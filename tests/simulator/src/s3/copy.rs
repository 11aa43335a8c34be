//! Server-side copies: of whole objects, and of ranges into parts.

use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopyPartResult, CopySource,
    MetadataDirective, Range, UploadPartCopyInput, UploadPartCopyOutput,
};
use s3s::{S3Request, S3Result, s3_error};
use time::OffsetDateTime;

use super::conditions::Conditions;
use super::objects::{metadata_from, shown_version, strong, type_from};
use super::{Api, LongKeys, Need, key_of, timestamp, version_id};
use crate::store::{Acl, Object, Part, Rules, StoreError};

/// Where to copy from.
struct Source {
    bucket: String,
    key: String,
    version: Option<u64>,
}

fn source<T>(req: &S3Request<T>, given: &CopySource) -> S3Result<Source> {
    let CopySource::Bucket {
        bucket,
        key,
        version_id: version,
    } = given
    else {
        return Err(s3_error!(
            NotImplemented,
            "Access points are not implemented."
        ));
    };
    let long = req.extensions.get::<LongKeys>();
    let long = long.and_then(|keys| keys.copy_source.clone());
    Ok(Source {
        bucket: bucket.to_string(),
        key: long.unwrap_or_else(|| key.to_string()),
        version: version_id(version.as_deref())?,
    })
}

impl Api {
    fn read_source<T>(
        &self,
        req: &S3Request<T>,
        source: &Source,
        conditions: &Conditions<'_>,
    ) -> S3Result<(Object, Option<String>)> {
        self.with_bucket(req, &source.bucket, Need::Read, |bucket, _| {
            let version = bucket.find(&source.key, source.version)?;
            let object = version.object().ok_or(StoreError::NoSuchKey)?;
            conditions.check_copy(version)?;
            Ok((object.clone(), shown_version(bucket, version.id)))
        })
    }

    /// Within the tenant only. The ACL is never copied. A copy onto itself that replaces the
    /// metadata is the way to change it, and needs no right to overwrite.
    pub(super) fn copy_object(
        &self,
        req: &S3Request<CopyObjectInput>,
    ) -> S3Result<CopyObjectOutput> {
        let input = &req.input;
        let source = source(req, &input.copy_source)?;
        let conditions = Conditions {
            matches: input.copy_source_if_match.as_ref(),
            none_match: input.copy_source_if_none_match.as_ref(),
            modified_since: input.copy_source_if_modified_since.as_ref(),
            unmodified_since: input.copy_source_if_unmodified_since.as_ref(),
        };
        let (mut object, source_version) = self.read_source(req, &source, &conditions)?;
        let key = key_of(req, &input.key);
        let directive = input
            .metadata_directive
            .as_ref()
            .map(MetadataDirective::as_str);
        let replaces = directive == Some(MetadataDirective::REPLACE);
        if replaces {
            object.metadata = metadata_from(input.metadata.clone());
            object.content_type = type_from(input.content_type.clone());
        }
        object.acl = Acl::default();
        object.owner = self.user(req.credentials.as_ref())?.username;
        let onto_itself = source.key == key && source.bucket.eq_ignore_ascii_case(&input.bucket);
        let rules = Rules {
            unversioned_overwrite: self.tenant.rules.unversioned_overwrite
                || (replaces && onto_itself),
            ..self.tenant.rules
        };
        self.with_bucket(req, &input.bucket, Need::Write, |bucket, ids| {
            let etag = object.etag.clone();
            let id = bucket.put(&key, object, rules, ids)?;
            let stored = bucket.current(&key).ok_or(StoreError::NoSuchKey)?;
            Ok(CopyObjectOutput {
                copy_object_result: Some(CopyObjectResult {
                    e_tag: Some(strong(&etag)),
                    last_modified: Some(timestamp(stored.modified)),
                    ..CopyObjectResult::default()
                }),
                copy_source_version_id: source_version,
                version_id: shown_version(bucket, id),
                ..CopyObjectOutput::default()
            })
        })
    }

    pub(super) async fn upload_part_copy(
        &self,
        req: S3Request<UploadPartCopyInput>,
    ) -> S3Result<UploadPartCopyOutput> {
        let input = &req.input;
        let source = source(&req, &input.copy_source)?;
        let conditions = Conditions {
            matches: input.copy_source_if_match.as_ref(),
            none_match: input.copy_source_if_none_match.as_ref(),
            modified_since: input.copy_source_if_modified_since.as_ref(),
            unmodified_since: input.copy_source_if_unmodified_since.as_ref(),
        };
        let (object, source_version) = self.read_source(&req, &source, &conditions)?;
        let blob = match input.copy_source_range.as_deref() {
            None => object.blob,
            Some(range) => {
                let invalid = || s3_error!(InvalidArgument, "The copy source range is not valid.");
                let range = Range::parse(range).map_err(|_| invalid())?;
                let range = range.check(object.blob.length()).map_err(|_| invalid())?;
                object.blob.slice(&range)
            }
        };
        let etag = super::multipart::md5_of(blob.clone()).await?;
        let part = Part::new(blob, etag.clone());
        self.add_part(
            &req,
            &input.bucket,
            &input.key,
            (&input.upload_id, input.part_number),
            part,
        )?;
        Ok(UploadPartCopyOutput {
            copy_part_result: Some(CopyPartResult {
                e_tag: Some(strong(&etag)),
                last_modified: Some(timestamp(OffsetDateTime::now_utc())),
                ..CopyPartResult::default()
            }),
            copy_source_version_id: source_version,
            ..UploadPartCopyOutput::default()
        })
    }
}
