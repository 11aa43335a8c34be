//! Multipart uploads on the wire.

use futures_util::TryStreamExt as _;
use md5::{Digest as _, Md5};
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput,
    Initiator, ListMultipartUploadsInput, ListMultipartUploadsOutput, ListPartsInput,
    ListPartsOutput, MultipartUpload, Part as PartEntry, StorageClass, UploadPartInput,
    UploadPartOutput,
};
use s3s::{S3Error, S3Request, S3Result, s3_error};
use time::{Duration, OffsetDateTime};

use super::conditions::{matches, precondition_failed};
use super::objects::{metadata_from, shown_version, signed, strong, type_from};
use super::receive::receive;
use super::{Api, Need, errors, key_of, timestamp};
use crate::store::{Blob, ClaimedPart, Part, Upload};

const MAX_PARTS: i32 = 10_000;
const PAGE: i32 = 1000;
const ABORT_AFTER: Duration = Duration::days(30);

/// Reads a blob for its MD5.
pub(super) async fn md5_of(blob: Blob) -> S3Result<String> {
    let digest = blob.read().try_fold(Md5::new(), async |mut digest, block| {
        digest.update(&block);
        Ok(digest)
    });
    let digest = digest.await.map_err(S3Error::internal_error)?;
    Ok(hex::encode(digest.finalize()))
}

impl Api {
    pub(super) fn create_multipart_upload(
        &self,
        req: &S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<CreateMultipartUploadOutput> {
        let input = &req.input;
        let key = key_of(req, &input.key);
        let user = self.user(req.credentials.as_ref())?;
        self.with_bucket(req, &input.bucket, Need::Write, |bucket, ids| {
            let content_type = type_from(input.content_type.clone());
            let metadata = metadata_from(input.metadata.clone());
            let id = bucket.begin_upload(&key, &user.username, content_type, metadata, ids);
            Ok(CreateMultipartUploadOutput {
                abort_date: Some(timestamp(OffsetDateTime::now_utc() + ABORT_AFTER)),
                bucket: Some(input.bucket.clone()),
                key: Some(key.clone()),
                upload_id: Some(id.to_string()),
                ..CreateMultipartUploadOutput::default()
            })
        })
    }

    pub(super) async fn upload_part(
        &self,
        mut req: S3Request<UploadPartInput>,
    ) -> S3Result<UploadPartOutput> {
        let body = req.input.body.take();
        let trailers = req.trailing_headers.take();
        let key = key_of(&req, &req.input.key);
        let (bucket, id) = (req.input.bucket.clone(), req.input.upload_id.clone());
        // An unknown upload is told before the client sends its bytes.
        self.with_bucket(&req, &bucket, Need::Write, |bucket, _| {
            bucket.upload(&key, &id)?;
            Ok(())
        })?;
        let received = receive(&self.tenant, body, &req.headers, trailers).await?;
        let part = Part::new(received.blob, received.etag.clone());
        self.add_part(
            &req,
            &bucket,
            &req.input.key,
            (&id, req.input.part_number),
            part,
        )?;
        Ok(UploadPartOutput {
            e_tag: Some(strong(&received.etag)),
            ..UploadPartOutput::default()
        })
    }

    /// Only the user who began an upload may add to it.
    pub(super) fn add_part<T>(
        &self,
        req: &S3Request<T>,
        bucket: &str,
        key: &str,
        (id, number): (&str, i32),
        part: Part,
    ) -> S3Result<()> {
        if !(1..=MAX_PARTS).contains(&number) {
            return Err(s3_error!(
                InvalidArgument,
                "Part number must be an integer between 1 and 10000."
            ));
        }
        let key = key_of(req, key);
        let user = self.user(req.credentials.as_ref())?;
        self.with_bucket(req, bucket, Need::Write, |bucket, _| {
            let upload = bucket.upload(&key, id)?;
            if upload.initiator != user.username {
                return Err(errors::access_denied());
            }
            upload.parts.insert(number, part);
            Ok(())
        })
    }

    /// What is wrong with the parts is told with status 200; conflicts have their own status.
    pub(super) fn complete_multipart_upload(
        &self,
        req: &S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<CompleteMultipartUploadOutput> {
        let input = &req.input;
        let key = key_of(req, &input.key);
        let user = self.user(req.credentials.as_ref())?;
        let claimed = claimed_parts(input)?;
        let location = format!(
            "https://{}.{}/{}/{key}",
            self.name, self.domain, input.bucket
        );
        let completed = self.with_bucket(req, &input.bucket, Need::Write, |bucket, ids| {
            if bucket.upload(&key, &input.upload_id)?.initiator != user.username {
                return Err(errors::access_denied());
            }
            if let Some(condition) = &input.if_match
                && !bucket
                    .current(&key)
                    .is_some_and(|current| matches(condition, current))
            {
                return Err(precondition_failed());
            }
            let rules = self.tenant.rules;
            let (id, etag) =
                bucket.complete_upload(&key, &input.upload_id, &claimed, rules, ids)?;
            Ok(CompleteMultipartUploadOutput {
                bucket: Some(input.bucket.clone()),
                e_tag: Some(strong(&etag)),
                key: Some(key.clone()),
                location: Some(location),
                version_id: shown_version(bucket, id),
                ..CompleteMultipartUploadOutput::default()
            })
        });
        completed.map_err(errors::late)
    }

    pub(super) fn abort_multipart_upload(
        &self,
        req: &S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<AbortMultipartUploadOutput> {
        let input = &req.input;
        let key = key_of(req, &input.key);
        self.with_bucket(req, &input.bucket, Need::Write, |bucket, _| {
            bucket.end_upload(&key, &input.upload_id)?;
            Ok(AbortMultipartUploadOutput::default())
        })
    }

    pub(super) fn list_parts(&self, req: &S3Request<ListPartsInput>) -> S3Result<ListPartsOutput> {
        let input = &req.input;
        let key = key_of(req, &input.key);
        let max = page(input.max_parts)?;
        let after = input.part_number_marker.unwrap_or(0);
        self.with_bucket(req, &input.bucket, Need::Read, |bucket, _| {
            let upload = bucket.upload(&key, &input.upload_id)?.clone();
            let rest = upload.parts.range(after.saturating_add(1)..);
            let left = rest.clone().count();
            let parts: Vec<_> = rest.take(max).map(part_entry).collect();
            let last = parts.last().and_then(|part| part.part_number);
            let truncated = left > parts.len();
            Ok(ListPartsOutput {
                bucket: Some(input.bucket.clone()),
                initiator: Some(self.initiator(&upload)),
                is_truncated: Some(truncated),
                key: Some(key.clone()),
                max_parts: i32::try_from(max).ok(),
                next_part_number_marker: last.filter(|_| truncated),
                owner: Some(self.owner(Some(&upload.initiator))),
                part_number_marker: Some(after),
                parts: Some(parts),
                storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
                upload_id: Some(input.upload_id.clone()),
                ..ListPartsOutput::default()
            })
        })
    }

    /// By key, and by age where a key has several. The delimiter is not looked at.
    pub(super) fn list_multipart_uploads(
        &self,
        req: &S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<ListMultipartUploadsOutput> {
        let input = &req.input;
        let max = page(input.max_uploads.map(|max| max.min(PAGE)))?;
        let prefix = input.prefix.clone().unwrap_or_default();
        let after = input.key_marker.clone().unwrap_or_default();
        let after_id: u64 = input
            .upload_id_marker
            .as_deref()
            .and_then(|id| id.parse().ok())
            .unwrap_or(u64::MAX);
        self.with_bucket(req, &input.bucket, Need::Read, |bucket, _| {
            let mut found: Vec<(&str, u64, &Upload)> = bucket
                .uploads
                .iter()
                .map(|(id, upload)| (upload.key.as_str(), *id, upload))
                .filter(|(key, id, _)| {
                    key.starts_with(&prefix)
                        && (after.is_empty() || (*key, *id) > (after.as_str(), after_id))
                })
                .collect();
            found.sort_unstable_by_key(|(key, id, _)| (*key, *id));
            let truncated = found.len() > max;
            found.truncate(max);
            let last = found.last().filter(|_| truncated);
            Ok(ListMultipartUploadsOutput {
                bucket: Some(input.bucket.clone()),
                is_truncated: Some(truncated),
                key_marker: Some(after.clone()),
                max_uploads: i32::try_from(max).ok(),
                next_key_marker: last.map(|(key, _, _)| (*key).to_owned()),
                next_upload_id_marker: last.map(|(_, id, _)| id.to_string()),
                prefix: Some(prefix.clone()),
                upload_id_marker: input.upload_id_marker.clone(),
                uploads: Some(
                    found
                        .iter()
                        .map(|(_, id, upload)| self.upload_entry(*id, upload))
                        .collect(),
                ),
                ..ListMultipartUploadsOutput::default()
            })
        })
    }

    fn upload_entry(&self, id: u64, upload: &Upload) -> MultipartUpload {
        MultipartUpload {
            initiated: Some(timestamp(upload.started)),
            initiator: Some(self.initiator(upload)),
            key: Some(upload.key.clone()),
            owner: Some(self.owner(Some(&upload.initiator))),
            storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
            upload_id: Some(id.to_string()),
            ..MultipartUpload::default()
        }
    }

    fn initiator(&self, upload: &Upload) -> Initiator {
        let owner = self.owner(Some(&upload.initiator));
        Initiator {
            display_name: owner.display_name,
            id: owner.id,
        }
    }
}

fn claimed_parts(input: &CompleteMultipartUploadInput) -> S3Result<Vec<ClaimedPart>> {
    let parts = input
        .multipart_upload
        .as_ref()
        .and_then(|upload| upload.parts.as_deref());
    let parts = parts.unwrap_or_default().iter().map(|part| {
        Some(ClaimedPart {
            number: part.part_number?,
            etag: part.e_tag.as_ref()?.value().to_owned(),
        })
    });
    let parts: Option<Vec<_>> = parts.collect();
    parts.filter(|parts| !parts.is_empty()).ok_or_else(|| {
        s3_error!(
            MalformedXML,
            "The XML you provided was not well-formed or did not validate."
        )
    })
}

fn part_entry((number, part): (&i32, &Part)) -> PartEntry {
    PartEntry {
        e_tag: Some(strong(&part.etag)),
        last_modified: Some(timestamp(part.modified)),
        part_number: Some(*number),
        size: signed(part.blob.length()),
        ..PartEntry::default()
    }
}

/// Unlike other listings, more than 1000 parts at once are refused.
fn page(asked: Option<i32>) -> S3Result<usize> {
    let asked = asked.unwrap_or(PAGE);
    let size = usize::try_from(asked).ok().filter(|_| asked <= PAGE);
    size.ok_or_else(|| s3_error!(InvalidArgument, "At most 1000 can be listed at once."))
}
