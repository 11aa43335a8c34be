//! `POST …/multipart/{key}/complete` and `…/abort`.

use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use axum::Json;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use portico_aws::failure;
use portico_hcp::document::{Kind, Model};
use portico_sdk::invalid::Refusal;
use portico_sdk::s3::Operation;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::ask::Ask;
use crate::document::{Document, required};
use crate::labels;
use crate::shapes::StatusResponse;

const PART: Model = Model {
    name: "CompletePart",
    fields: &[
        required("PartNumber", Kind::Int),
        required("ETag", Kind::Text),
    ],
};

/// What a client sends at the end.
pub(super) const COMPLETE: Model = Model {
    name: "CompleteMultipartUploadRequest",
    fields: &[
        required("upload_id", Kind::Text),
        required("parts", Kind::List(&Kind::Model(&PART))),
    ],
};

/// What a client sends in place of the end.
pub(super) const ABORT: Model = Model {
    name: "AbortMultipartUploadRequest",
    fields: &[required("upload_id", Kind::Text)],
};

/// The object that the parts have become.
#[derive(Serialize, ToSchema)]
pub(super) struct CompleteMultipartUploadResponse {
    bucket: String,
    key: String,
    #[schema(required)]
    etag: Option<String>,
}

pub(super) async fn complete(ask: &Ask, key: &str, request: Request) -> Result<Response, Refusal> {
    let mut document = Document::read(request, &COMPLETE).await?;
    let upload = document.text("upload_id").unwrap_or_default();
    // As they come: the store judges their order.
    let parts = match document.take("parts") {
        Value::Array(parts) => parts.iter().map(part).collect(),
        _ => Vec::new(),
    };
    ask.may_with(Operation::CompleteMultipartUpload, key)?;
    let parts = CompletedMultipartUpload::builder().set_parts(Some(parts));
    let done = ask.store()?.complete_multipart_upload();
    let done = done.bucket(&ask.bucket).key(key).upload_id(upload);
    let done = done.multipart_upload(parts.build()).send().await;
    let done = done.map_err(|error| failure(error, &labels::object(key)))?;
    let made = CompleteMultipartUploadResponse {
        bucket: ask.bucket.clone(),
        key: key.to_owned(),
        etag: done.e_tag,
    };
    Ok(Json(made).into_response())
}

fn part(given: &Value) -> CompletedPart {
    let number = given["PartNumber"].as_i64();
    let part = CompletedPart::builder()
        // No store has parts of other numbers than these.
        .part_number(
            number
                .and_then(|number| number.try_into().ok())
                .unwrap_or(-1),
        );
    part.set_e_tag(given["ETag"].as_str().map(str::to_owned))
        .build()
}

pub(super) async fn abort(ask: &Ask, key: &str, request: Request) -> Result<Response, Refusal> {
    let mut document = Document::read(request, &ABORT).await?;
    let upload = document.text("upload_id").unwrap_or_default();
    ask.may_with(Operation::AbortMultipartUpload, key)?;
    let gone = ask.store()?.abort_multipart_upload();
    let gone = gone
        .bucket(&ask.bucket)
        .key(key)
        .upload_id(upload)
        .send()
        .await;
    gone.map_err(|error| failure(error, &labels::object(key)))?;
    Ok(Json(StatusResponse { status: "aborted" }).into_response())
}
