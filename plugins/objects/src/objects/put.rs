//! `POST …/objects/{key}`: an upload, as a form's file or as the body itself.

use axum::Json;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use portico_sdk::invalid::Refusal;
use portico_sdk::s3::Operation;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ask::Ask;
use crate::upload;

/// The answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct UploadObjectResponse {
    bucket: String,
    key: String,
    status: &'static str,
}

pub(super) async fn put(ask: &Ask, key: &str, request: Request) -> Result<Response, Refusal> {
    ask.may_with(Operation::PutObject, key)?;
    upload::store(ask, key, request).await?;
    let stored = UploadObjectResponse {
        bucket: ask.bucket.clone(),
        key: key.to_owned(),
        status: "uploaded",
    };
    Ok((StatusCode::CREATED, Json(stored)).into_response())
}
