//! What right each S3 operation needs: one table, in which no operation may be missing.

use crate::s3::Operation;

use super::Rights;

/// The right that an operation needs, where rules decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// None: the answer is cut to what the user may see.
    Nothing,
    /// Some rule for the bucket.
    See,
    /// A rule for the `prefix` parameter.
    List,
    /// A rule for the key.
    Read,
    /// A rule for the key that is not read-only.
    Write,
    /// As for writing, and a rule for the key that is copied.
    Copy,
    /// Some rule for the bucket that is not read-only; every key in the body is looked at later.
    DeleteMany,
    /// The whole bucket.
    ReadWhole,
    /// The whole bucket, not read-only.
    WriteWhole,
    /// Every bucket: the request's body may name another, or cannot be judged by its head.
    Everything,
    /// Nobody may whom rules hold.
    Never,
}

impl Need {
    /// The need of an operation.
    #[must_use]
    #[rustfmt::skip]
    pub fn of(operation: Operation) -> Self {
        use Operation as O;
        match operation {
            O::ListBuckets | O::CorsPreflight => Self::Nothing,

            O::HeadBucket | O::GetBucketLocation | O::GetBucketVersioning => Self::See,

            O::ListMultipartUploads | O::ListObjectVersions | O::ListObjects | O::ListObjectsV2 => Self::List,

            O::GetObject | O::GetObjectAcl | O::GetObjectAttributes | O::GetObjectLegalHold
            | O::GetObjectRetention | O::GetObjectTagging | O::GetObjectTorrent | O::HeadObject
            | O::ListParts | O::SelectObjectContent => Self::Read,

            O::AbortMultipartUpload | O::CompleteMultipartUpload | O::CreateMultipartUpload
            | O::DeleteObject | O::DeleteObjectTagging | O::PutObject | O::PutObjectAcl
            | O::PutObjectLegalHold | O::PutObjectRetention | O::PutObjectTagging
            | O::UploadPart => Self::Write,

            O::CopyObject | O::UploadPartCopy => Self::Copy,

            O::DeleteObjects => Self::DeleteMany,

            O::GetBucketAccelerateConfiguration | O::GetBucketAcl
            | O::GetBucketAnalyticsConfiguration | O::GetBucketCors | O::GetBucketEncryption
            | O::GetBucketIntelligentTieringConfiguration | O::GetBucketInventoryConfiguration
            | O::GetBucketLifecycleConfiguration | O::GetBucketLogging
            | O::GetBucketMetricsConfiguration | O::GetBucketNotificationConfiguration
            | O::GetBucketOwnershipControls | O::GetBucketPolicy | O::GetBucketPolicyStatus
            | O::GetBucketReplication | O::GetBucketRequestPayment | O::GetBucketTagging
            | O::GetBucketWebsite | O::GetObjectLockConfiguration
            | O::GetPublicAccessBlock => Self::ReadWhole,

            O::CreateBucket | O::DeleteBucket | O::DeleteBucketAnalyticsConfiguration
            | O::DeleteBucketCors | O::DeleteBucketEncryption
            | O::DeleteBucketIntelligentTieringConfiguration
            | O::DeleteBucketInventoryConfiguration | O::DeleteBucketLifecycle
            | O::DeleteBucketMetricsConfiguration | O::DeleteBucketOwnershipControls
            | O::DeleteBucketPolicy | O::DeleteBucketReplication | O::DeleteBucketTagging
            | O::DeleteBucketWebsite | O::DeletePublicAccessBlock
            | O::PutBucketAccelerateConfiguration | O::PutBucketAcl | O::PutBucketCors
            | O::PutBucketEncryption | O::PutBucketIntelligentTieringConfiguration
            | O::PutBucketLifecycleConfiguration | O::PutBucketMetricsConfiguration
            | O::PutBucketOwnershipControls | O::PutBucketPolicy
            | O::PutBucketRequestPayment | O::PutBucketTagging | O::PutBucketVersioning
            | O::PutBucketWebsite | O::PutObjectLockConfiguration
            | O::PutPublicAccessBlock => Self::WriteWhole,

            // Each of these can make the store write into another bucket; the form of a POST
            // names its key in the body.
            O::PutBucketAnalyticsConfiguration | O::PutBucketInventoryConfiguration
            | O::PutBucketLogging | O::PutBucketNotificationConfiguration
            | O::PutBucketReplication | O::RestoreObject | O::PostObject => Self::Everything,

            O::Unknown => Self::Never,
        }
    }
}

/// An S3 operation and what it is done to, everything decoded.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The operation.
    pub operation: Operation,
    /// The bucket, if the operation is on one or in one.
    pub bucket: Option<&'a str>,
    /// The key, if the operation is on an object.
    pub key: Option<&'a [u8]>,
    /// What listed keys begin with, empty for all; `None`: it cannot be told.
    pub prefix: Option<&'a [u8]>,
    /// Whether what is copied may be read; of no meaning where nothing is.
    pub source_is_open: bool,
}

impl<'a> Asked<'a> {
    /// An operation on a bucket as a whole; for listings, of all its keys.
    #[must_use]
    pub fn bucket(operation: Operation, bucket: &'a str) -> Self {
        Self {
            operation,
            bucket: Some(bucket),
            key: None,
            prefix: Some(b""),
            source_is_open: false,
        }
    }

    /// An operation on the service: no bucket is named.
    #[must_use]
    pub fn service(operation: Operation) -> Self {
        Self {
            bucket: None,
            ..Self::bucket(operation, "")
        }
    }

    /// Names the key.
    #[must_use]
    pub fn key(self, key: &'a str) -> Self {
        Self {
            key: Some(key.as_bytes()),
            ..self
        }
    }

    /// Names what listed keys begin with.
    #[must_use]
    pub fn prefix(self, prefix: &'a str) -> Self {
        Self {
            prefix: Some(prefix.as_bytes()),
            ..self
        }
    }

    /// Names what is copied.
    #[must_use]
    pub fn copying(self, rights: Option<&Rights>, bucket: &str, key: &str) -> Self {
        Self {
            source_is_open: rights.is_none_or(|rights| rights.read(bucket, key)),
            ..self
        }
    }
}

impl Rights {
    /// Whether an operation is allowed, as far as that can be told before its body is read: the keys
    /// in a `DeleteObjects` are to be looked at besides, and a `ListBuckets` is to be cut.
    #[must_use]
    pub fn allow(&self, asked: &Asked<'_>) -> bool {
        if self.are_everything() {
            return true;
        }
        let need = Need::of(asked.operation);
        let Some(bucket) = asked.bucket else {
            return need == Need::Nothing;
        };
        let with_key = |ask: &dyn Fn(&[u8]) -> bool| asked.key.is_some_and(ask);
        match need {
            Need::Nothing => true,
            Need::See => self.see(bucket),
            Need::List => asked.prefix.is_some_and(|prefix| self.list(bucket, prefix)),
            Need::Read => with_key(&|key| self.read(bucket, key)),
            Need::Write => with_key(&|key| self.write(bucket, key)),
            Need::Copy => with_key(&|key| self.write(bucket, key)) && asked.source_is_open,
            Need::DeleteMany => self.write_some(bucket),
            Need::ReadWhole => self.read_whole(bucket),
            Need::WriteWhole => self.write_whole(bucket),
            // Those who may everything have passed already.
            Need::Everything | Need::Never => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_writes_needs_more_than_reading() {
        for &operation in Operation::ALL {
            let need = Need::of(operation);
            let reads = [
                Need::Nothing,
                Need::See,
                Need::List,
                Need::Read,
                Need::ReadWhole,
            ];
            let unknown = operation == Operation::Unknown;
            assert_eq!(
                reads.contains(&need),
                !operation.writes() && !unknown,
                "{operation:?}"
            );
        }
    }

    #[test]
    fn names_agree_with_needs() {
        for &operation in Operation::ALL {
            let (name, need) = (operation.name(), Need::of(operation));
            if name.contains("Bucket") && name.ends_with("Configuration") && name.starts_with("Get")
            {
                assert_eq!(need, Need::ReadWhole, "{name}");
            }
            if name.starts_with("DeleteBucket") {
                assert_eq!(need, Need::WriteWhole, "{name}");
            }
            if name.ends_with("Copy") || name.starts_with("Copy") {
                assert_eq!(need, Need::Copy, "{name}");
            }
        }
    }
}
