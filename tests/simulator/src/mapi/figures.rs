//! What a namespace holds, in numbers.

use time::OffsetDateTime;

use crate::store::Bucket;

/// HCP stores data in blocks.
const BLOCK: u64 = 4096;

/// Objects, their versions, and uploads under way. Folders and delete markers do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Figures {
    pub(crate) objects: u64,
    pub(crate) ingested: u64,
    pub(crate) used: u64,
    pub(crate) annotations: u64,
    pub(crate) annotation_bytes: u64,
    pub(crate) multipart_objects: u64,
    pub(crate) multipart_parts: u64,
    pub(crate) multipart_bytes: u64,
    pub(crate) uploads: u64,
    pub(crate) upload_parts: u64,
    pub(crate) upload_bytes: u64,
}

impl Figures {
    /// Everything that was stored before this time and is still there.
    pub(crate) fn of(bucket: &Bucket, before: OffsetDateTime) -> Self {
        let mut figures = Self::default();
        let versions = bucket.entries.values().flatten();
        for version in versions.filter(|version| version.modified < before) {
            let Some(object) = version.object() else {
                continue;
            };
            let size = object.blob.length();
            figures.objects += 1;
            figures.ingested += size;
            figures.used += size.div_ceil(BLOCK).max(1) * BLOCK;
            if !object.metadata.is_empty() {
                let pairs = object.metadata.iter();
                let bytes: usize = pairs.map(|(name, value)| name.len() + value.len()).sum();
                figures.annotations += 1;
                figures.annotation_bytes += u64::try_from(bytes).unwrap_or(u64::MAX);
            }
            // An ETag of many parts ends with their number.
            let parts = object
                .etag
                .split_once('-')
                .map(|(_, parts)| parts.parse::<u64>());
            if let Some(Ok(parts)) = parts {
                figures.multipart_objects += 1;
                figures.multipart_parts += parts;
                figures.multipart_bytes += size;
            }
        }
        for upload in bucket
            .uploads
            .values()
            .filter(|upload| upload.started < before)
        {
            figures.uploads += 1;
            for part in upload.parts.values() {
                figures.upload_parts += 1;
                figures.upload_bytes += part.blob.length();
            }
        }
        figures
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.objects += other.objects;
        self.ingested += other.ingested;
        self.used += other.used;
        self.annotations += other.annotations;
        self.annotation_bytes += other.annotation_bytes;
        self.multipart_objects += other.multipart_objects;
        self.multipart_parts += other.multipart_parts;
        self.multipart_bytes += other.multipart_bytes;
        self.uploads += other.uploads;
        self.upload_parts += other.upload_parts;
        self.upload_bytes += other.upload_bytes;
    }
}
