//! Documents of the store in which keys stand as they are, made readable for AWS's client.
//!
//! XML 1.0 has no control characters, and a parser that keeps to it gives such a document up; but a key may
//! hold any. They become references, which the client reads back.

use bytes::{BufMut as _, Bytes, BytesMut};
use http::header::CONTENT_LENGTH;
use http::{Method, Request, Response};
use http_body_util::BodyExt as _;
use portico_sdk::Body;

/// What the client adds to the target of `GetObject` alone, whose answer is no document.
const OBJECT: &str = "x-id=GetObject";

/// Whether the answer to a request is a document.
pub(crate) fn is_document(request: &Request<Body>) -> bool {
    let query = request.uri().query().unwrap_or_default();
    request.method() != Method::HEAD && !query.split('&').any(|pair| pair == OBJECT)
}

/// The document with references; the client would hold its length against the old one.
pub(crate) fn document(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().remove(CONTENT_LENGTH);
    response.map(|body| {
        let body = body.map_frame(|frame| frame.map_data(|data| escape(&data)));
        body.boxed_unsync()
    })
}

fn escape(data: &Bytes) -> Bytes {
    if !data.iter().copied().any(is_foreign) {
        return data.clone();
    }
    let mut escaped = BytesMut::with_capacity(data.len() + 64);
    for byte in data.iter().copied() {
        if is_foreign(byte) {
            escaped.put_slice(format!("&#{byte};").as_bytes());
        } else {
            escaped.put_u8(byte);
        }
    }
    escaped.freeze()
}

/// Whether XML 1.0 has no such character (section 2.2); in UTF-8 these bytes are part of no other.
fn is_foreign(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use portico_sdk::body;

    use super::*;

    #[test]
    fn control_characters_become_references() {
        let plain = Bytes::from_static("<Key>å\t\r\n🎉</Key>".as_bytes());
        assert_eq!(escape(&plain), plain);
        let odd = Bytes::from_static(b"<Key>\x01a\x1d\x00</Key>");
        assert_eq!(escape(&odd), "<Key>&#1;a&#29;&#0;</Key>");
    }

    #[test]
    fn objects_are_no_documents() {
        let is = |method: Method, uri: &str| {
            let request = Request::builder().method(method).uri(uri);
            is_document(&request.body(body::empty()).unwrap())
        };
        assert!(!is(Method::GET, "https://h/b/k?x-id=GetObject"));
        assert!(!is(Method::GET, "https://h/b/k?versionId=1&x-id=GetObject"));
        // Its length is that of the object.
        assert!(!is(Method::HEAD, "https://h/b/k"));
        for uri in ["/b?uploads", "/b/k?x-id=PutObject", "/b/x-id=GetObject"] {
            assert!(is(Method::GET, &format!("https://h{uri}")), "{uri}");
        }
    }
}
