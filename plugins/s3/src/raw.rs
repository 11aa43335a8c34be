//! Requests that the raw client sends, and answers as replies: what of a head is for one connection
//! stays there.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderMap, HeaderValue};
use http::{Request, Response};
use portico_sdk::exchange::Head;
use portico_sdk::hop::end_to_end;
use portico_sdk::{Body, Error, Reply, body};

use crate::outgoing::{Changes, internal};

/// The request with its changes; without a document it has no body and no framing.
pub(crate) fn request(
    head: &Head,
    changes: Changes,
    document: Option<Bytes>,
) -> Result<Request<Body>, Error> {
    let mut headers: HeaderMap = head.headers().clone();
    end_to_end(&mut headers);
    for name in &changes.remove {
        headers.remove(name);
    }
    match &document {
        Some(document) => headers.insert(CONTENT_LENGTH, HeaderValue::from(document.len())),
        None => headers.remove(CONTENT_LENGTH),
    };
    headers.extend(changes.set);
    let mut request = Request::builder()
        .method(head.method().clone())
        .uri(changes.target)
        .body(document.map_or_else(body::empty, body::full))
        .map_err(internal)?;
    *request.headers_mut() = headers;
    Ok(request)
}

/// The answer as it may leave the house.
pub(crate) fn reply(response: Response<Body>) -> Reply {
    let mut reply = Reply::from(response);
    end_to_end(&mut reply.headers);
    reply
}
