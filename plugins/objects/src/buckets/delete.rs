//! `DELETE /api/v1/buckets/{bucket}`.

use axum::Json;
use http::Uri;
use portico_aws::failure;
use portico_sdk::invalid::Refusal;
use portico_sdk::s3::Operation;

use crate::ask::Ask;
use crate::given::Given;
use crate::shapes::BucketMutationResponse;

pub(super) async fn delete(ask: Ask, uri: Uri) -> Result<Json<BucketMutationResponse>, Refusal> {
    let mut given = Given::read(&uri);
    let _force = given.flag("force");
    given.done()?;
    ask.may(Operation::DeleteBucket)?;
    let gone = ask
        .store()?
        .delete_bucket()
        .bucket(&ask.bucket)
        .send()
        .await;
    gone.map_err(|error| failure(error, &ask.label()))?;
    Ok(Json(BucketMutationResponse {
        status: "deleted",
        bucket: Some(ask.bucket),
    }))
}
