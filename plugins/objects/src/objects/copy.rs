//! `POST …/objects/{key}/copy`: one object from another, within the store.

use axum::Json;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use portico_aws::{copy_source, failure};
use portico_hcp::document::{Kind, Model};
use portico_sdk::invalid::Refusal;
use portico_sdk::rights::Asked;
use portico_sdk::s3::Operation;

use crate::ask::Ask;
use crate::document::{Document, required};
use crate::shapes::ObjectMutationResponse;
use crate::{keys, labels};

/// What a client sends.
pub(super) const COPY: Model = Model {
    name: "CopyObjectRequest",
    fields: &[
        required("source_bucket", Kind::Text),
        required("source_key", Kind::Text),
    ],
};

pub(super) async fn copy(ask: &Ask, key: &str, request: Request) -> Result<Response, Refusal> {
    let mut document = Document::read(request, &COPY).await?;
    let bucket = document.text("source_bucket").unwrap_or_default();
    let source = document.text("source_key").unwrap_or_default();
    keys::check_bucket(&bucket)?;
    keys::check_key(&source)?;
    let label = labels::object(key);
    let asked = Asked::bucket(Operation::CopyObject, &ask.bucket).key(key);
    let asked = asked.copying(ask.caller.rights.as_deref(), &bucket, &source);
    ask.allow(&asked, &label)?;
    let copy = ask.store()?.copy_object().bucket(&ask.bucket).key(key);
    let done = copy.copy_source(copy_source(&bucket, &source)).send().await;
    done.map_err(|error| failure(error, &label))?;
    let copied = ObjectMutationResponse {
        status: "copied",
        bucket: Some(ask.bucket.clone()),
        key: Some(key.to_owned()),
    };
    Ok(Json(copied).into_response())
}
