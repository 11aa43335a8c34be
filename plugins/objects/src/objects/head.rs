//! `HEAD …/objects/{key}`.

use axum::body::Body;
use axum::response::Response;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use portico_aws::failure;
use portico_hcp::document::Given;
use portico_sdk::Error;
use portico_sdk::s3::Operation;

use super::describe::BINARY;
use super::get::{Known, set};
use crate::ask::Ask;
use crate::labels;

pub(super) async fn head(ask: &Ask, key: &str, head: &Parts) -> Result<Response, Error> {
    ask.may_with(Operation::HeadObject, key)?;
    let version = Given::read(&head.uri).text("version_id");
    let object = ask.store()?.head_object().bucket(&ask.bucket).key(key);
    let told = object.set_version_id(version).send().await;
    let told = told.map_err(|error| failure(error, &labels::object(key)))?;
    let mut headers = HeaderMap::new();
    let known = Known {
        length: told.content_length(),
        e_tag: told.e_tag(),
        modified: told.last_modified(),
    };
    known.write(&mut headers);
    set(
        &mut headers,
        CONTENT_TYPE,
        told.content_type().unwrap_or(BINARY),
    );
    let mut response = Response::new(Body::empty());
    *response.headers_mut() = headers;
    Ok(response)
}
