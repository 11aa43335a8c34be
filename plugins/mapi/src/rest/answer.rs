//! What a success of HCP is answered with.

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, StatusCode};
use portico_hcp::{Answer, said_by_caches};
use serde_json::{Map, Value};

use super::names::Names;
use super::row::{Done, Named, Row, Verb};
use portico_hcp::document::shape;

/// The release of HCP, in a header of its own.
const RELEASE: &str = "x-hcp-softwareversion";

/// The answer to a success that has been read; `sent` is the document that the client sent.
pub(super) fn of(row: &Row, names: &Names, sent: &Value, answer: Answer) -> Response {
    let Answer {
        status,
        headers,
        value,
    } = answer;
    let said = said_by_caches(&headers);
    let body = match row.done {
        Done::Document(model) => shape::document(model, value),
        Done::Released(model) => released(shape::document(model, value), &headers),
        Done::Listing(list, item) => shape::listing(list, item, value),
        Done::AnyOf(models) => shape::any_of(models, value),
        Done::Word(word, source) => self::word(word, source, names, sent),
        Done::BareAsHcp => return status.into_response(),
        Done::Bare | Done::Download(_) | Done::PlainText | Done::Template => {
            return StatusCode::OK.into_response();
        }
    };
    let mut response = json(status_of(row), &body);
    response.headers_mut().extend(said);
    response
}

/// 201 for what is created, else 200, whatever HCP says.
fn status_of(row: &Row) -> StatusCode {
    match row.verb {
        Verb::Put => StatusCode::CREATED,
        _ => StatusCode::OK,
    }
}

/// A JSON answer, as compact as it gets.
pub(super) fn json(status: StatusCode, body: &Value) -> Response {
    let kind = [(CONTENT_TYPE, "application/json")];
    (status, kind, body.to_string()).into_response()
}

fn released(mut value: Value, headers: &HeaderMap) -> Value {
    let release = headers.get(RELEASE).and_then(|value| value.to_str().ok());
    if let (Some(release), Value::Object(object)) = (release, &mut value) {
        object.insert("softwareVersion".to_owned(), Value::from(release));
    }
    value
}

fn word(word: &str, source: Option<(&'static str, Named)>, names: &Names, sent: &Value) -> Value {
    let mut body = Map::from_iter([("status".to_owned(), Value::from(word))]);
    if let Some((key, source)) = source {
        let name = match source {
            Named::Path(name) => Value::from(names.get(name)),
            Named::Body(field) => sent.get(field).cloned().unwrap_or_default(),
        };
        body.insert(key.to_owned(), name);
    }
    Value::Object(body)
}

/// HCP's bytes, passed on while they come.
pub(super) fn stream(done: Done, response: http::Response<portico_sdk::Body>) -> Response {
    let (parts, body) = response.into_parts();
    let mut response = Response::new(Body::new(body));
    let headers = response.headers_mut();
    headers.extend(said_by_caches(&parts.headers));
    if let Some(length) = parts.headers.get(CONTENT_LENGTH) {
        headers.insert(CONTENT_LENGTH, length.clone());
    }
    let kind = match done {
        Done::PlainText => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Done::Download(name) = done {
        let disposition = format!("attachment; filename={name}");
        if let Ok(disposition) = HeaderValue::try_from(disposition) {
            headers.insert(CONTENT_DISPOSITION, disposition);
        }
    }
    response
}
