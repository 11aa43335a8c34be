//! What answers are made of. Items have AWS's names, envelopes the contract's; what is not known is
//! null and not left out.

use aws_sdk_s3::types::{Bucket, Object, Owner};
use portico_aws::Listed;
use serde::Serialize;
use utoipa::ToSchema;

use crate::times::rfc3339;

/// Whose something is.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnerInfo {
    #[serde(rename = "DisplayName")]
    #[schema(required)]
    display_name: Option<String>,
    #[serde(rename = "ID")]
    #[schema(required)]
    id: Option<String>,
}

impl OwnerInfo {
    pub(crate) fn of(owner: &Owner) -> Self {
        Self {
            display_name: owner.display_name().map(str::to_owned),
            id: owner.id().map(str::to_owned),
        }
    }
}

/// One bucket.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BucketInfo {
    name: String,
    #[schema(required, format = DateTime)]
    creation_date: Option<String>,
}

impl BucketInfo {
    pub(crate) fn of(bucket: &Bucket) -> Self {
        Self {
            name: bucket.name().unwrap_or_default().to_owned(),
            creation_date: bucket.creation_date().and_then(rfc3339),
        }
    }
}

/// One object in a listing.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ObjectInfo {
    key: String,
    /// In bytes.
    #[schema(required)]
    size: Option<i64>,
    #[schema(required, format = DateTime)]
    last_modified: Option<String>,
    /// With its quotes.
    #[serde(rename = "ETag")]
    #[schema(required)]
    e_tag: Option<String>,
    #[schema(required)]
    storage_class: Option<String>,
    #[schema(required)]
    owner: Option<OwnerInfo>,
}

impl ObjectInfo {
    pub(crate) fn of(object: &Object, listed: Listed) -> Self {
        Self {
            key: listed.name(object.key().unwrap_or_default()),
            size: object.size(),
            last_modified: object.last_modified().and_then(rfc3339),
            e_tag: object.e_tag().map(str::to_owned),
            storage_class: object
                .storage_class()
                .map(|class| class.as_str().to_owned()),
            owner: object.owner().map(OwnerInfo::of),
        }
    }
}

/// What was done to a bucket.
#[derive(Serialize, ToSchema)]
pub(crate) struct BucketMutationResponse {
    pub(crate) status: &'static str,
    #[schema(required)]
    pub(crate) bucket: Option<String>,
}

impl BucketMutationResponse {
    /// Where the contract leaves the bucket out.
    pub(crate) fn unnamed(status: &'static str) -> Self {
        Self {
            status,
            bucket: None,
        }
    }
}

/// What was done to an object.
#[derive(Serialize, ToSchema)]
pub(crate) struct ObjectMutationResponse {
    pub(crate) status: &'static str,
    #[schema(required)]
    pub(crate) bucket: Option<String>,
    #[schema(required)]
    pub(crate) key: Option<String>,
}

/// That something was done.
#[derive(Serialize, ToSchema)]
pub(crate) struct StatusResponse {
    pub(crate) status: &'static str,
}
