//! `GET …/uploads`: uploads in parts that are not complete.

use aws_sdk_s3::types::MultipartUpload;
use axum::Json;
use http::Uri;
use portico_aws::failure;
use portico_hcp::document::{Bounds, Given};
use portico_sdk::invalid::Refusal;
use portico_sdk::rights::Asked;
use portico_sdk::s3::Operation;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ask::Ask;
use crate::objects::PAGE;
use crate::times::rfc3339;

/// One upload.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
struct MultipartUploadInfo {
    key: String,
    upload_id: String,
    #[schema(required, format = DateTime)]
    initiated: Option<String>,
    #[schema(required)]
    storage_class: Option<String>,
}

/// The answer.
#[derive(Serialize, ToSchema)]
pub(super) struct ListMultipartUploadsResponse {
    bucket: String,
    uploads: Vec<MultipartUploadInfo>,
    is_truncated: bool,
}

pub(super) async fn list(
    ask: Ask,
    uri: Uri,
) -> Result<Json<ListMultipartUploadsResponse>, Refusal> {
    let mut given = Given::read(&uri);
    let prefix = given.text("prefix");
    let most = given.int("max_uploads", Some(PAGE), Bounds::new(1, PAGE));
    given.done()?;
    let asked = Asked::bucket(Operation::ListMultipartUploads, &ask.bucket);
    let asked = asked.prefix(prefix.as_deref().unwrap_or_default());
    ask.allow(&asked, &ask.label())?;
    let told = ask.store()?.list_multipart_uploads().bucket(&ask.bucket);
    let told = told.set_prefix(prefix).max_uploads(most).send().await;
    let told = told.map_err(|error| failure(error, &ask.label()))?;
    Ok(Json(ListMultipartUploadsResponse {
        uploads: told.uploads().iter().map(shown).collect(),
        is_truncated: told.is_truncated().unwrap_or_default(),
        bucket: ask.bucket,
    }))
}

fn shown(upload: &MultipartUpload) -> MultipartUploadInfo {
    MultipartUploadInfo {
        key: upload.key().unwrap_or_default().to_owned(),
        upload_id: upload.upload_id().unwrap_or_default().to_owned(),
        initiated: upload.initiated().and_then(rfc3339),
        storage_class: upload
            .storage_class()
            .map(|class| class.as_str().to_owned()),
    }
}
