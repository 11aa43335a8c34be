//! The answer on its way out: chunked, and zipped for whoever wants it.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};

use super::answer::Found;
use super::headers::Terms;
use super::refusal::Refusal;
use crate::answer::{Reply, StdError, add_security_headers};

const CHUNK: usize = 16 * 1024;

/// The reply with what was found.
pub(super) fn reply(found: &Found, terms: Terms) -> Result<Reply, Refusal> {
    let document = found.document(terms).into_bytes();
    let body = if terms.wanted_zipped {
        let failed = |_| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "Cannot compress");
        zip(&document).map_err(failed)?
    } else {
        document.into()
    };
    let mut reply = Response::new(chunked(body));
    let headers = reply.headers_mut();
    let media_type = HeaderValue::from_static(terms.wanted.media_type());
    headers.insert(CONTENT_TYPE, media_type);
    if terms.wanted_zipped {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    add_security_headers(StatusCode::OK, headers);
    Ok(reply)
}

fn zip(document: &[u8]) -> std::io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(document)?;
    encoder.finish().map(Bytes::from)
}

/// A body whose length nobody knows is sent in chunks, as HCP's is.
fn chunked(mut body: Bytes) -> crate::answer::ReplyBody {
    let chunks = std::iter::from_fn(move || {
        let length = body.len().min(CHUNK);
        (length > 0).then(|| Ok::<_, StdError>(Frame::data(body.split_to(length))))
    });
    StreamBody::new(stream::iter(chunks)).boxed_unsync()
}
