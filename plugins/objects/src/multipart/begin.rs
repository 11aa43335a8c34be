//! `POST …/multipart/{key}`.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use portico_aws::failure;
use portico_sdk::s3::Operation;
use portico_sdk::{Error, Reason};
use serde::Serialize;
use utoipa::ToSchema;

use crate::ask::Ask;
use crate::labels;

/// The answer.
#[derive(Serialize, ToSchema)]
pub(super) struct CreateMultipartUploadResponse {
    bucket: String,
    key: String,
    upload_id: String,
}

pub(super) async fn begin(ask: &Ask, key: &str) -> Result<Response, Error> {
    ask.may_with(Operation::CreateMultipartUpload, key)?;
    let begun = CreateMultipartUploadResponse {
        bucket: ask.bucket.clone(),
        key: key.to_owned(),
        upload_id: new(ask, key).await?,
    };
    Ok((StatusCode::CREATED, Json(begun)).into_response())
}

/// The id of a new upload.
pub(super) async fn new(ask: &Ask, key: &str) -> Result<String, Error> {
    let made = ask.store()?.create_multipart_upload();
    let made = made.bucket(&ask.bucket).key(key).send().await;
    let made = made.map_err(|error| failure(error, &labels::object(key)))?;
    let without = || Error::new(Reason::UpstreamFailed).because("an upload without an id");
    made.upload_id.ok_or_else(without)
}
