//! An answer that Portico gives itself, head first, body streamed.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Response, StatusCode};

use crate::body::{self, Body};

/// A response made in the house, not forwarded.
///
/// Without a `Content-Length` the body is sent chunked (HTTP/1.1, RFC 9112 section 7.1).
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers, hop-by-hop ones excepted: the core owns those.
    pub headers: HeaderMap,
    /// The body; not sent for HEAD, 204 and 304.
    pub body: Body,
}

impl Reply {
    /// A reply without a body.
    #[must_use]
    pub fn new(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::from_iter([(CONTENT_LENGTH, HeaderValue::from_static("0"))]),
            body: body::empty(),
        }
    }

    /// A reply that is wholly in memory, with its length set.
    #[must_use]
    pub fn full(status: StatusCode, content_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self {
            status,
            headers: HeaderMap::from_iter([
                (CONTENT_LENGTH, HeaderValue::from(bytes.len())),
                (CONTENT_TYPE, HeaderValue::from_static(content_type)),
            ]),
            body: body::full(bytes),
        }
    }
}

impl From<Response<Body>> for Reply {
    /// As it is, hop-by-hop headers and all.
    fn from(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        Self {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
