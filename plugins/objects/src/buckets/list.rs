//! `GET /api/v1/buckets`.

use std::sync::Arc;

use aws_sdk_s3::types::Bucket;
use axum::Json;
use axum::extract::State;
use portico_aws::failure;
use portico_sdk::rest::Caller;
use portico_sdk::rights::Asked;
use portico_sdk::s3::Operation;
use portico_sdk::{Error, Principal};
use serde::Serialize;
use utoipa::ToSchema;

use crate::desk::Desk;
use crate::labels;
use crate::shapes::{BucketInfo, OwnerInfo};

/// The answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListBucketsResponse {
    buckets: Vec<BucketInfo>,
    #[schema(required)]
    owner: Option<OwnerInfo>,
}

pub(super) async fn list(
    State(desk): State<Arc<Desk>>,
    Caller(caller): Caller,
) -> Result<Json<ListBucketsResponse>, Error> {
    caller.may(&Asked::service(Operation::ListBuckets))?;
    let told = desk.clients.of(&caller)?.list_buckets().send().await;
    let told = told.map_err(|error| failure(error, labels::BUCKETS))?;
    let seen = told.buckets().iter().filter(|bucket| sees(&caller, bucket));
    Ok(Json(ListBucketsResponse {
        buckets: seen.map(BucketInfo::of).collect(),
        owner: told.owner().map(OwnerInfo::of),
    }))
}

/// The store shows the house's account everything; rules leave what the caller may see.
fn sees(caller: &Principal, bucket: &Bucket) -> bool {
    let name = bucket.name().unwrap_or_default();
    caller.rights.as_ref().is_none_or(|rights| rights.see(name))
}
