//! `PUT …/multipart/{key}` and `GET …/multipart/{key}/parts`.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::Part;
use axum::Json;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::Uri;
use portico_aws::failure;
use portico_hcp::document::{Bounds, Given};
use portico_sdk::invalid::Refusal;
use portico_sdk::s3::Operation;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ask::Ask;
use crate::objects::PAGE;
use crate::times::rfc3339;
use crate::{labels, upload};

/// The answer to a part.
#[derive(Serialize, ToSchema)]
pub(super) struct UploadPartResponse {
    part_number: i32,
    /// With its quotes.
    etag: String,
}

pub(super) async fn send(ask: &Ask, key: &str, request: Request) -> Result<Response, Refusal> {
    let mut given = Given::read(request.uri());
    let upload = given.required("upload_id");
    let part_number = given.int("part_number", None, Bounds::new(1, 10_000));
    given.done()?;
    ask.may_with(Operation::UploadPart, key)?;
    let part = ask.store()?.upload_part().bucket(&ask.bucket).key(key);
    let part = part.upload_id(upload).part_number(part_number);
    let (data, share) = upload::whole(ask, request).await?;
    let done = part.body(ByteStream::from(data)).send().await;
    drop(share);
    let done = done.map_err(|error| failure(error, &labels::part(key, part_number)))?;
    let etag = done.e_tag.unwrap_or_default();
    Ok(Json(UploadPartResponse { part_number, etag }).into_response())
}

/// One part.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
struct PartInfo {
    part_number: i32,
    #[serde(rename = "ETag")]
    #[schema(required)]
    e_tag: Option<String>,
    #[schema(required)]
    size: Option<i64>,
    #[schema(required, format = DateTime)]
    last_modified: Option<String>,
}

/// The parts that the store has.
#[derive(Serialize, ToSchema)]
pub(super) struct ListPartsResponse {
    bucket: String,
    key: String,
    upload_id: String,
    parts: Vec<PartInfo>,
    is_truncated: bool,
}

pub(super) async fn list(ask: &Ask, key: &str, uri: Uri) -> Result<Response, Refusal> {
    let mut given = Given::read(&uri);
    let upload_id = given.required("upload_id");
    let most = given.int("max_parts", Some(PAGE), Bounds::up_to(PAGE));
    given.done()?;
    ask.may_with(Operation::ListParts, key)?;
    let told = ask.store()?.list_parts().bucket(&ask.bucket).key(key);
    let told = told.upload_id(&upload_id).max_parts(most).send().await;
    let told = told.map_err(|error| failure(error, &labels::object(key)))?;
    let told = ListPartsResponse {
        bucket: ask.bucket.clone(),
        key: key.to_owned(),
        upload_id,
        parts: told.parts().iter().map(shown).collect(),
        is_truncated: told.is_truncated().unwrap_or_default(),
    };
    Ok(Json(told).into_response())
}

fn shown(part: &Part) -> PartInfo {
    PartInfo {
        part_number: part.part_number().unwrap_or_default(),
        e_tag: part.e_tag().map(str::to_owned),
        size: part.size(),
        last_modified: part.last_modified().and_then(rfc3339),
    }
}
