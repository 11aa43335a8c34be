//! Listings on the wire.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::{
    CommonPrefix, DeleteMarkerEntry, EncodingType, ListObjectVersionsInput,
    ListObjectVersionsOutput, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input,
    ListObjectsV2Output, Object as ObjectEntry, ObjectStorageClass, ObjectVersion,
    ObjectVersionStorageClass,
};
use s3s::{S3Request, S3Result, s3_error};

use super::objects::{signed, strong};
use super::{Api, Need, plan, timestamp};
use crate::store::{Bucket, ListQuery, Listed, Version, VersionItem, VersionQuery};

/// The most that one page holds.
const PAGE: usize = 1000;
/// What `encoding-type=url` leaves as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/');

/// Any number is taken and clamped; the answer shows the clamped one.
fn page_size(asked: Option<i32>) -> S3Result<usize> {
    let size = usize::try_from(asked.unwrap_or(1000));
    let size = size.map_err(|_| s3_error!(InvalidArgument, "max-keys must not be negative."))?;
    Ok(size.min(PAGE))
}

fn number(size: usize) -> Option<i32> {
    i32::try_from(size).ok()
}

/// Writes keys as the client wants them.
struct Encoder<'a>(Option<&'a EncodingType>);

impl Encoder<'_> {
    fn text(&self, text: &str) -> String {
        match self.0 {
            Some(_) => utf8_percent_encode(text, PLAIN).to_string(),
            None => text.to_owned(),
        }
    }

    fn given(&self, text: Option<&String>) -> Option<String> {
        let text = text.filter(|text| !text.is_empty());
        text.map(|text| self.text(text))
    }

    fn prefixes(&self, prefixes: &[String]) -> Vec<CommonPrefix> {
        let prefixes = prefixes.iter().map(|prefix| CommonPrefix {
            prefix: Some(self.text(prefix)),
        });
        prefixes.collect()
    }
}

/// A marker that names a folder without its slash skips all that is in the folder.
fn skip_folder(bucket: &Bucket, marker: String) -> String {
    let folder = format!("{marker}/");
    if marker.is_empty() || marker.ends_with('/') || bucket.current(&folder).is_none() {
        return marker;
    }
    folder + "\u{10ffff}"
}

type Page = Listed<(String, Version)>;

impl Api {
    fn entries(&self, page: &Page, encoder: &Encoder<'_>, owners: bool) -> Vec<ObjectEntry> {
        let items = page.items.iter().map(|(key, version)| ObjectEntry {
            e_tag: Some(strong(version.etag())),
            key: Some(encoder.text(key)),
            last_modified: Some(timestamp(version.modified)),
            owner: owners.then(|| self.owner(version.owner())),
            size: signed(version.size()),
            storage_class: Some(ObjectStorageClass::from_static(
                ObjectStorageClass::STANDARD,
            )),
            ..ObjectEntry::default()
        });
        items.collect()
    }

    fn page<T>(
        &self,
        req: &S3Request<T>,
        bucket: &str,
        query: impl FnOnce(&Bucket) -> S3Result<ListQuery>,
    ) -> S3Result<Page> {
        let empty = plan(req).empty_listing;
        self.with_bucket(req, bucket, Need::Read, |bucket, _| {
            let mut query = query(bucket)?;
            if empty {
                query.max = 0;
            }
            Ok(bucket.list(&query))
        })
    }

    pub(super) fn list_objects(
        &self,
        req: &S3Request<ListObjectsInput>,
    ) -> S3Result<ListObjectsOutput> {
        let input = &req.input;
        let max = page_size(input.max_keys)?;
        let page = self.page(req, &input.bucket, |bucket| {
            Ok(ListQuery {
                prefix: input.prefix.clone().unwrap_or_default(),
                delimiter: input.delimiter.clone().unwrap_or_default(),
                after: skip_folder(bucket, input.marker.clone().unwrap_or_default()),
                max,
            })
        })?;
        let encoder = Encoder(input.encoding_type.as_ref());
        let delimiter = encoder.given(input.delimiter.as_ref());
        let next = next_key(&page).filter(|_| delimiter.is_some());
        Ok(ListObjectsOutput {
            common_prefixes: Some(encoder.prefixes(&page.prefixes)),
            contents: Some(self.entries(&page, &encoder, true)),
            encoding_type: input.encoding_type.clone(),
            is_truncated: Some(page.truncated()),
            marker: Some(encoder.text(input.marker.as_deref().unwrap_or_default())),
            max_keys: number(max),
            name: Some(input.bucket.clone()),
            next_marker: next.map(|next| encoder.text(&next)),
            prefix: Some(encoder.text(input.prefix.as_deref().unwrap_or_default())),
            delimiter,
            ..ListObjectsOutput::default()
        })
    }

    pub(super) fn list_objects_v2(
        &self,
        req: &S3Request<ListObjectsV2Input>,
    ) -> S3Result<ListObjectsV2Output> {
        let input = &req.input;
        let max = page_size(input.max_keys)?;
        let page = self.page(req, &input.bucket, |_| {
            Ok(ListQuery {
                prefix: input.prefix.clone().unwrap_or_default(),
                delimiter: input.delimiter.clone().unwrap_or_default(),
                after: match input.continuation_token.as_deref() {
                    Some(token) => read_token(token)?,
                    None => input.start_after.clone().unwrap_or_default(),
                },
                max,
            })
        })?;
        let encoder = Encoder(input.encoding_type.as_ref());
        let owners = input.fetch_owner.unwrap_or(false);
        Ok(ListObjectsV2Output {
            common_prefixes: Some(encoder.prefixes(&page.prefixes)),
            contents: Some(self.entries(&page, &encoder, owners)),
            continuation_token: input.continuation_token.clone(),
            delimiter: encoder.given(input.delimiter.as_ref()),
            encoding_type: input.encoding_type.clone(),
            is_truncated: Some(page.truncated()),
            key_count: number(page.count()),
            max_keys: number(max),
            name: Some(input.bucket.clone()),
            next_continuation_token: next_key(&page).map(|key| URL_SAFE_NO_PAD.encode(key)),
            prefix: Some(encoder.text(input.prefix.as_deref().unwrap_or_default())),
            start_after: encoder.given(input.start_after.as_ref()),
            ..ListObjectsV2Output::default()
        })
    }

    /// Versions come oldest first; s3s writes all versions before all delete markers.
    pub(super) fn list_object_versions(
        &self,
        req: &S3Request<ListObjectVersionsInput>,
    ) -> S3Result<ListObjectVersionsOutput> {
        let input = &req.input;
        let max = page_size(input.max_keys)?;
        let marker = input.version_id_marker.as_deref();
        let after_version = super::version_id(marker.filter(|marker| !marker.is_empty()))
            .map_err(|_| s3_error!(InvalidArgument, "The version-id-marker is not valid."))?;
        let query = VersionQuery {
            list: ListQuery {
                prefix: input.prefix.clone().unwrap_or_default(),
                delimiter: input.delimiter.clone().unwrap_or_default(),
                after: input.key_marker.clone().unwrap_or_default(),
                max: if plan(req).empty_listing { 0 } else { max },
            },
            after_version,
        };
        let page = self.with_bucket(req, &input.bucket, Need::Read, |bucket, _| {
            Ok(bucket.list_versions(&query))
        })?;
        let encoder = Encoder(input.encoding_type.as_ref());
        let (markers, versions): (Vec<_>, Vec<_>) =
            page.items.iter().partition(|item| item.version.is_marker());
        let next_key = page.next.as_ref().map(|item| item.key.clone());
        let next_version = page.next.as_ref().map(|item| item.version.id.to_string());
        Ok(ListObjectVersionsOutput {
            common_prefixes: Some(encoder.prefixes(&page.prefixes)),
            delete_markers: Some(
                markers
                    .into_iter()
                    .map(|m| self.marker(m, &encoder))
                    .collect(),
            ),
            delimiter: encoder.given(input.delimiter.as_ref()),
            encoding_type: input.encoding_type.clone(),
            is_truncated: Some(page.truncated()),
            key_marker: Some(encoder.text(input.key_marker.as_deref().unwrap_or_default())),
            max_keys: number(max),
            name: Some(input.bucket.clone()),
            next_key_marker: next_key.or(page.next_prefix).map(|key| encoder.text(&key)),
            next_version_id_marker: next_version,
            prefix: Some(encoder.text(input.prefix.as_deref().unwrap_or_default())),
            version_id_marker: input.version_id_marker.clone(),
            versions: Some(
                versions
                    .into_iter()
                    .map(|v| self.version(v, &encoder))
                    .collect(),
            ),
            ..ListObjectVersionsOutput::default()
        })
    }

    fn version(&self, item: &VersionItem, encoder: &Encoder<'_>) -> ObjectVersion {
        let version = &item.version;
        let standard = ObjectVersionStorageClass::STANDARD;
        ObjectVersion {
            e_tag: Some(strong(version.etag())),
            is_latest: Some(item.latest),
            key: Some(encoder.text(&item.key)),
            last_modified: Some(timestamp(version.modified)),
            owner: Some(self.owner(version.owner())),
            size: signed(version.size()),
            storage_class: Some(ObjectVersionStorageClass::from_static(standard)),
            version_id: Some(version.id.to_string()),
            ..ObjectVersion::default()
        }
    }

    fn marker(&self, item: &VersionItem, encoder: &Encoder<'_>) -> DeleteMarkerEntry {
        DeleteMarkerEntry {
            is_latest: Some(item.latest),
            key: Some(encoder.text(&item.key)),
            last_modified: Some(timestamp(item.version.modified)),
            owner: Some(self.owner(None)),
            version_id: Some(item.version.id.to_string()),
        }
    }
}

fn next_key(page: &Page) -> Option<String> {
    let item = page.next.as_ref().map(|(key, _)| key.clone());
    item.or_else(|| page.next_prefix.clone())
}

fn read_token(token: &str) -> S3Result<String> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    let key = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    key.filter(|key| !key.is_empty()).ok_or_else(|| {
        s3_error!(
            InvalidArgument,
            "The continuation token provided is incorrect."
        )
    })
}
