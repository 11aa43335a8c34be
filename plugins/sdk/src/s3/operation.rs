//! Every S3 operation by its AWS name, and the one table that tells which a request is.

use http::Method;

/// What part of the name space a request addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// No bucket.
    Service,
    /// A bucket, no key.
    Bucket,
    /// A bucket and a key.
    Object,
}

macro_rules! operations {
    ($($name:ident),+ $(,)?) => {
        /// An S3 operation, by its name in the Amazon S3 API Reference.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the names are AWS's")]
        pub enum Operation { $($name),+ }

        impl Operation {
            /// Every operation.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The AWS name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),+ }
            }
        }
    };
}

operations! {
    AbortMultipartUpload, CompleteMultipartUpload, CopyObject, CorsPreflight, CreateBucket,
    CreateMultipartUpload, DeleteBucket, DeleteBucketAnalyticsConfiguration, DeleteBucketCors,
    DeleteBucketEncryption, DeleteBucketIntelligentTieringConfiguration,
    DeleteBucketInventoryConfiguration, DeleteBucketLifecycle, DeleteBucketMetricsConfiguration,
    DeleteBucketOwnershipControls, DeleteBucketPolicy, DeleteBucketReplication,
    DeleteBucketTagging, DeleteBucketWebsite, DeleteObject, DeleteObjectTagging, DeleteObjects,
    DeletePublicAccessBlock, GetBucketAccelerateConfiguration, GetBucketAcl,
    GetBucketAnalyticsConfiguration, GetBucketCors, GetBucketEncryption,
    GetBucketIntelligentTieringConfiguration, GetBucketInventoryConfiguration,
    GetBucketLifecycleConfiguration, GetBucketLocation, GetBucketLogging,
    GetBucketMetricsConfiguration, GetBucketNotificationConfiguration,
    GetBucketOwnershipControls, GetBucketPolicy, GetBucketPolicyStatus, GetBucketReplication,
    GetBucketRequestPayment, GetBucketTagging, GetBucketVersioning, GetBucketWebsite, GetObject,
    GetObjectAcl, GetObjectAttributes, GetObjectLegalHold, GetObjectLockConfiguration,
    GetObjectRetention, GetObjectTagging, GetObjectTorrent, GetPublicAccessBlock, HeadBucket,
    HeadObject, ListBuckets, ListMultipartUploads, ListObjectVersions, ListObjects,
    ListObjectsV2, ListParts, PostObject, PutBucketAccelerateConfiguration, PutBucketAcl,
    PutBucketAnalyticsConfiguration, PutBucketCors, PutBucketEncryption,
    PutBucketIntelligentTieringConfiguration, PutBucketInventoryConfiguration,
    PutBucketLifecycleConfiguration, PutBucketLogging, PutBucketMetricsConfiguration,
    PutBucketNotificationConfiguration, PutBucketOwnershipControls, PutBucketPolicy,
    PutBucketReplication, PutBucketRequestPayment, PutBucketTagging, PutBucketVersioning,
    PutBucketWebsite, PutObject, PutObjectAcl, PutObjectLegalHold, PutObjectLockConfiguration,
    PutObjectRetention, PutObjectTagging, PutPublicAccessBlock, RestoreObject,
    SelectObjectContent, Unknown, UploadPart, UploadPartCopy,
}

type Row = (Scope, &'static str, &'static str, Operation);

/// Scope, method, subresource, operation. The first row whose subresource the query holds wins;
/// an empty subresource always matches, so the plain operation of a method stands last.
#[rustfmt::skip]
const TABLE: &[Row] = {
    use Operation as O;
    use Scope::{Bucket, Object, Service};
    &[
        (Service, "GET", "", O::ListBuckets),

        (Bucket, "GET", "acl", O::GetBucketAcl),
        (Bucket, "GET", "accelerate", O::GetBucketAccelerateConfiguration),
        (Bucket, "GET", "analytics", O::GetBucketAnalyticsConfiguration),
        (Bucket, "GET", "cors", O::GetBucketCors),
        (Bucket, "GET", "encryption", O::GetBucketEncryption),
        (Bucket, "GET", "intelligent-tiering", O::GetBucketIntelligentTieringConfiguration),
        (Bucket, "GET", "inventory", O::GetBucketInventoryConfiguration),
        (Bucket, "GET", "lifecycle", O::GetBucketLifecycleConfiguration),
        (Bucket, "GET", "location", O::GetBucketLocation),
        (Bucket, "GET", "logging", O::GetBucketLogging),
        (Bucket, "GET", "metrics", O::GetBucketMetricsConfiguration),
        (Bucket, "GET", "notification", O::GetBucketNotificationConfiguration),
        (Bucket, "GET", "object-lock", O::GetObjectLockConfiguration),
        (Bucket, "GET", "ownershipControls", O::GetBucketOwnershipControls),
        (Bucket, "GET", "policy", O::GetBucketPolicy),
        (Bucket, "GET", "policyStatus", O::GetBucketPolicyStatus),
        (Bucket, "GET", "publicAccessBlock", O::GetPublicAccessBlock),
        (Bucket, "GET", "replication", O::GetBucketReplication),
        (Bucket, "GET", "requestPayment", O::GetBucketRequestPayment),
        (Bucket, "GET", "tagging", O::GetBucketTagging),
        (Bucket, "GET", "uploads", O::ListMultipartUploads),
        (Bucket, "GET", "versioning", O::GetBucketVersioning),
        (Bucket, "GET", "versions", O::ListObjectVersions),
        (Bucket, "GET", "website", O::GetBucketWebsite),
        (Bucket, "GET", "list-type=2", O::ListObjectsV2),
        (Bucket, "GET", "", O::ListObjects),
        (Bucket, "HEAD", "", O::HeadBucket),
        (Bucket, "PUT", "acl", O::PutBucketAcl),
        (Bucket, "PUT", "accelerate", O::PutBucketAccelerateConfiguration),
        (Bucket, "PUT", "analytics", O::PutBucketAnalyticsConfiguration),
        (Bucket, "PUT", "cors", O::PutBucketCors),
        (Bucket, "PUT", "encryption", O::PutBucketEncryption),
        (Bucket, "PUT", "intelligent-tiering", O::PutBucketIntelligentTieringConfiguration),
        (Bucket, "PUT", "inventory", O::PutBucketInventoryConfiguration),
        (Bucket, "PUT", "lifecycle", O::PutBucketLifecycleConfiguration),
        (Bucket, "PUT", "logging", O::PutBucketLogging),
        (Bucket, "PUT", "metrics", O::PutBucketMetricsConfiguration),
        (Bucket, "PUT", "notification", O::PutBucketNotificationConfiguration),
        (Bucket, "PUT", "object-lock", O::PutObjectLockConfiguration),
        (Bucket, "PUT", "ownershipControls", O::PutBucketOwnershipControls),
        (Bucket, "PUT", "policy", O::PutBucketPolicy),
        (Bucket, "PUT", "publicAccessBlock", O::PutPublicAccessBlock),
        (Bucket, "PUT", "replication", O::PutBucketReplication),
        (Bucket, "PUT", "requestPayment", O::PutBucketRequestPayment),
        (Bucket, "PUT", "tagging", O::PutBucketTagging),
        (Bucket, "PUT", "versioning", O::PutBucketVersioning),
        (Bucket, "PUT", "website", O::PutBucketWebsite),
        (Bucket, "PUT", "", O::CreateBucket),
        (Bucket, "POST", "delete", O::DeleteObjects),
        (Bucket, "POST", "", O::PostObject),
        (Bucket, "DELETE", "analytics", O::DeleteBucketAnalyticsConfiguration),
        (Bucket, "DELETE", "cors", O::DeleteBucketCors),
        (Bucket, "DELETE", "encryption", O::DeleteBucketEncryption),
        (Bucket, "DELETE", "intelligent-tiering", O::DeleteBucketIntelligentTieringConfiguration),
        (Bucket, "DELETE", "inventory", O::DeleteBucketInventoryConfiguration),
        (Bucket, "DELETE", "lifecycle", O::DeleteBucketLifecycle),
        (Bucket, "DELETE", "metrics", O::DeleteBucketMetricsConfiguration),
        (Bucket, "DELETE", "ownershipControls", O::DeleteBucketOwnershipControls),
        (Bucket, "DELETE", "policy", O::DeleteBucketPolicy),
        (Bucket, "DELETE", "publicAccessBlock", O::DeletePublicAccessBlock),
        (Bucket, "DELETE", "replication", O::DeleteBucketReplication),
        (Bucket, "DELETE", "tagging", O::DeleteBucketTagging),
        (Bucket, "DELETE", "website", O::DeleteBucketWebsite),
        (Bucket, "DELETE", "", O::DeleteBucket),
        (Bucket, "OPTIONS", "", O::CorsPreflight),

        (Object, "GET", "acl", O::GetObjectAcl),
        (Object, "GET", "attributes", O::GetObjectAttributes),
        (Object, "GET", "legal-hold", O::GetObjectLegalHold),
        (Object, "GET", "retention", O::GetObjectRetention),
        (Object, "GET", "tagging", O::GetObjectTagging),
        (Object, "GET", "torrent", O::GetObjectTorrent),
        (Object, "GET", "uploadId", O::ListParts),
        (Object, "GET", "", O::GetObject),
        (Object, "HEAD", "", O::HeadObject),
        (Object, "PUT", "acl", O::PutObjectAcl),
        (Object, "PUT", "legal-hold", O::PutObjectLegalHold),
        (Object, "PUT", "retention", O::PutObjectRetention),
        (Object, "PUT", "tagging", O::PutObjectTagging),
        (Object, "PUT", "uploadId", O::UploadPart),
        (Object, "PUT", "", O::PutObject),
        (Object, "POST", "uploads", O::CreateMultipartUpload),
        (Object, "POST", "uploadId", O::CompleteMultipartUpload),
        (Object, "POST", "restore", O::RestoreObject),
        (Object, "POST", "select", O::SelectObjectContent),
        (Object, "DELETE", "tagging", O::DeleteObjectTagging),
        (Object, "DELETE", "uploadId", O::AbortMultipartUpload),
        (Object, "DELETE", "", O::DeleteObject),
        (Object, "OPTIONS", "", O::CorsPreflight),
    ]
};

impl Operation {
    /// Tells which operation a request is.
    ///
    /// `query` is the raw query; `copies` says whether `x-amz-copy-source` is there, the one
    /// header that makes another operation of a PUT.
    #[must_use]
    pub fn classify(scope: Scope, method: &Method, query: &str, copies: bool) -> Self {
        let found = TABLE
            .iter()
            .filter(|(at, verb, ..)| *at == scope && *verb == method.as_str())
            .find(|(_, _, subresource, _)| has_parameter(query, subresource))
            .map_or(Self::Unknown, |row| row.3);
        match found {
            Self::PutObject if copies => Self::CopyObject,
            Self::UploadPart if copies => Self::UploadPartCopy,
            other => other,
        }
    }

    /// Every subresource that tells operations apart, as `name` or `name=value`; some repeatedly.
    pub fn subresources() -> impl Iterator<Item = &'static str> {
        let all = TABLE.iter().map(|(_, _, subresource, _)| *subresource);
        all.filter(|subresource| !subresource.is_empty())
    }

    /// Whether a success changes what the store holds.
    #[must_use]
    pub fn writes(self) -> bool {
        let name = self.name();
        !(name.starts_with("Get")
            || name.starts_with("Head")
            || name.starts_with("List")
            || matches!(self, Self::CorsPreflight | Self::SelectObjectContent))
    }

    /// Whether the request's body is a small document that HCP wants a `Content-MD5` for
    /// (HCP, "Using the Hitachi API for Amazon S3", multiple-object delete and CORS; AWS asks
    /// the same of most bucket configurations).
    #[must_use]
    pub fn wants_content_md5(self) -> bool {
        matches!(
            self,
            Self::DeleteObjects
                | Self::PutBucketCors
                | Self::PutBucketLifecycleConfiguration
                | Self::PutBucketPolicy
                | Self::PutBucketTagging
                | Self::PutObjectLegalHold
                | Self::PutObjectLockConfiguration
                | Self::PutObjectRetention
                | Self::PutObjectTagging
        )
    }
}

/// Whether the raw query holds a parameter, or `name=value` when that is asked for.
fn has_parameter(query: &str, wanted: &str) -> bool {
    if wanted.is_empty() || query.is_empty() {
        return wanted.is_empty();
    }
    query.split('&').any(|pair| {
        if wanted.contains('=') {
            pair == wanted
        } else {
            pair.split('=').next() == Some(wanted)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classify(scope: Scope, method: &str, query: &str, copies: bool) -> Operation {
        Operation::classify(scope, &method.parse().unwrap(), query, copies)
    }

    #[test]
    fn the_table_tells_operations_apart() {
        use Scope::{Bucket, Object, Service};
        let cases = [
            (Service, "GET", "", false, Operation::ListBuckets),
            (Service, "PUT", "", false, Operation::Unknown),
            (
                Bucket,
                "GET",
                "prefix=acl&list-type=2",
                false,
                Operation::ListObjectsV2,
            ),
            (Bucket, "GET", "list-type=3", false, Operation::ListObjects),
            (
                Bucket,
                "GET",
                "max-keys=2&versions=&prefix=a",
                false,
                Operation::ListObjectVersions,
            ),
            (Bucket, "POST", "delete", false, Operation::DeleteObjects),
            (
                Object,
                "PUT",
                "partNumber=1&uploadId=7",
                false,
                Operation::UploadPart,
            ),
            (
                Object,
                "PUT",
                "partNumber=1&uploadId=7",
                true,
                Operation::UploadPartCopy,
            ),
            (Object, "PUT", "x-id=PutObject", true, Operation::CopyObject),
            (
                Object,
                "POST",
                "uploads",
                false,
                Operation::CreateMultipartUpload,
            ),
            (
                Object,
                "DELETE",
                "uploadId=7",
                false,
                Operation::AbortMultipartUpload,
            ),
            (Object, "PATCH", "", false, Operation::Unknown),
        ];
        for (scope, method, query, copies, expected) in cases {
            assert_eq!(
                classify(scope, method, query, copies),
                expected,
                "{method} ?{query}"
            );
        }
    }

    #[test]
    fn every_operation_of_the_table_has_a_row_of_its_own() {
        for operation in Operation::ALL {
            let derived = matches!(
                operation,
                Operation::Unknown | Operation::CopyObject | Operation::UploadPartCopy
            );
            let rows = TABLE.iter().filter(|row| row.3 == *operation).count();
            assert!(derived || rows >= 1, "{} is in no row", operation.name());
        }
        for row in TABLE {
            assert_eq!(classify(row.0, row.1, row.2, false), row.3);
        }
    }

    #[test]
    fn reads_do_not_write() {
        assert!(!Operation::ListParts.writes() && !Operation::GetObject.writes());
        assert!(Operation::RestoreObject.writes() && Operation::PostObject.writes());
    }
}
