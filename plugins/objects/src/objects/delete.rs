//! `DELETE …/objects/{key}`.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use portico_aws::failure;
use portico_hcp::document::Given;
use portico_sdk::Error;
use portico_sdk::s3::Operation;

use crate::ask::Ask;
use crate::labels;
use crate::shapes::ObjectMutationResponse;

pub(super) async fn delete(ask: &Ask, key: &str, head: &Parts) -> Result<Response, Error> {
    ask.may_with(Operation::DeleteObject, key)?;
    let version = Given::read(&head.uri).text("version_id");
    let object = ask.store()?.delete_object().bucket(&ask.bucket).key(key);
    let gone = object.set_version_id(version).send().await;
    gone.map_err(|error| failure(error, &labels::object(key)))?;
    let gone = ObjectMutationResponse {
        status: "deleted",
        bucket: Some(ask.bucket.clone()),
        key: Some(key.to_owned()),
    };
    Ok(Json(gone).into_response())
}
