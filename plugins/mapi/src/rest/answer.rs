//! What a success of HCP is answered with.

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, StatusCode};
use portico_hcp::{Answer, Made, said_by_caches};
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
    let body = match (shaped(row.done, value, &headers), row.done) {
        (Some(body), _) => body,
        (None, Done::Word(word, source)) => self::word(word, source, names, sent),
        (None, Done::BareAsHcp) => return status.into_response(),
        (None, _) => return StatusCode::OK.into_response(),
    };
    let body = body.to_string().into();
    made(row, Made { headers, body })
}

/// Whether the answer to a read is a document that is made of HCP's, and of nothing else.
pub(super) fn is_made(row: &Row) -> bool {
    use Done::{AnyOf, Document, Listing, Released};
    let shaped = matches!(row.done, Document(_) | Released(_) | Listing(..) | AnyOf(_));
    shaped && row.verb == Verb::Get
}

/// The document that is made of HCP's for such a route.
pub(super) fn make(row: &Row, answer: Answer) -> Bytes {
    let body = shaped(row.done, answer.value, &answer.headers);
    body.unwrap_or_default().to_string().into()
}

/// The answer with a document that has been made.
pub(super) fn made(row: &Row, made: Made) -> Response {
    let said = said_by_caches(&made.headers);
    let mut response = json(status_of(row), made.body);
    response.headers_mut().extend(said);
    response
}

fn shaped(done: Done, value: Value, headers: &HeaderMap) -> Option<Value> {
    Some(match done {
        Done::Document(model) => shape::document(model, value),
        Done::Released(model) => released(shape::document(model, value), headers),
        Done::Listing(list, item) => shape::listing(list, item, value),
        Done::AnyOf(models) => shape::any_of(models, value),
        _ => return None,
    })
}

/// 201 for what is created, else 200, whatever HCP says.
fn status_of(row: &Row) -> StatusCode {
    match row.verb {
        Verb::Put => StatusCode::CREATED,
        _ => StatusCode::OK,
    }
}

/// A JSON answer, as compact as it gets.
pub(super) fn json(status: StatusCode, body: impl Into<Body>) -> Response {
    let kind = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (status, kind, body.into()).into_response()
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
