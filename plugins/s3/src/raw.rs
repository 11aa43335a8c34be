//! Requests that the raw client sends, and answers as replies: what of a head is for one connection
//! stays there.

use bytes::Bytes;
use http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING,
};
use http::{Request, Response};
use portico_sdk::exchange::Head;
use portico_sdk::{Body, Error, Reply, body};

use crate::outgoing::{Changes, internal};

/// Headers of one connection (RFC 9110 section 7.6.1), which the engine strips when it forwards.
const HOP_BY_HOP: [HeaderName; 12] = [
    CONNECTION,
    EXPECT,
    HOST,
    TRANSFER_ENCODING,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("http2-settings"),
    HeaderName::from_static("proxy-connection"),
    http::header::PROXY_AUTHENTICATE,
    http::header::PROXY_AUTHORIZATION,
    http::header::TRAILER,
    http::header::TE,
    http::header::UPGRADE,
];

/// The request with its changes; without a document it has no body and no framing.
pub(crate) fn request(
    head: &Head,
    changes: Changes,
    document: Option<Bytes>,
) -> Result<Request<Body>, Error> {
    let mut headers: HeaderMap = head.headers().clone();
    for name in HOP_BY_HOP.iter().chain(&changes.remove) {
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
    let (mut parts, body) = response.into_parts();
    for name in HOP_BY_HOP {
        parts.headers.remove(name);
    }
    Reply {
        status: parts.status,
        headers: parts.headers,
        body,
    }
}
