//! `POST …/objects/folder`: an object without bytes, whose key ends with a slash.

use aws_sdk_s3::primitives::ByteStream;
use axum::Json;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use portico_aws::failure;
use portico_hcp::document::{Kind, Model};
use portico_sdk::Error;
use portico_sdk::invalid::Refusal;
use portico_sdk::s3::Operation;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ask::Ask;
use crate::document::{Document, required};
use crate::labels;

/// What a client sends.
pub(super) const FOLDER: Model = Model {
    name: "CreateFolderRequest",
    fields: &[required("folder_name", Kind::Text)],
};

/// The answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreateFolderResponse {
    bucket: String,
    key: String,
    status: &'static str,
}

pub(super) async fn make(ask: &Ask, request: Request) -> Result<Response, Refusal> {
    let mut document = Document::read(request, &FOLDER).await?;
    let mut key = document.text("folder_name").unwrap_or_default();
    if !key.ends_with('/') {
        key.push('/');
    }
    ask.may_with(Operation::PutObject, &key)?;
    let label = labels::folder(&key);
    let put = ask.store()?.put_object().bucket(&ask.bucket).key(&key);
    let made = put.body(ByteStream::from_static(b"")).send().await;
    made.map_err(|error| -> Error { failure(error, &label) })?;
    let made = CreateFolderResponse {
        bucket: ask.bucket.clone(),
        key,
        status: "created",
    };
    Ok((StatusCode::CREATED, Json(made)).into_response())
}
