//! `DELETE /api/v1/buckets/{bucket}`.

use axum::Json;
use http::Uri;
use portico_aws::failure;
use portico_hcp::document::Given;
use portico_sdk::Error;
use portico_sdk::invalid::Refusal;
use portico_sdk::s3::Operation;

use super::force;
use crate::ask::Ask;
use crate::shapes::BucketMutationResponse;

pub(super) async fn delete(ask: Ask, uri: Uri) -> Result<Json<BucketMutationResponse>, Refusal> {
    let mut given = Given::read(&uri);
    let forced = given.flag("force");
    given.done()?;
    ask.may(Operation::DeleteBucket)?;
    if forced {
        force::delete(&ask).await?;
    } else {
        bucket(&ask).await?;
    }
    Ok(Json(BucketMutationResponse {
        status: "deleted",
        bucket: Some(ask.bucket),
    }))
}

/// Deletes a bucket that is empty.
pub(super) async fn bucket(ask: &Ask) -> Result<(), Error> {
    let gone = ask.store()?.delete_bucket().bucket(&ask.bucket);
    let gone = gone.send().await;
    gone.map(drop).map_err(|error| failure(error, &ask.label()))
}
