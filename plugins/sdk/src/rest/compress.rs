//! Documents are compressed on their way out, where the client takes that; objects never.

use axum::response::Response;
use http::header::{ACCEPT_RANGES, CONTENT_TYPE};
use http_body::Body;
use tower_http::compression::{CompressionLayer, Predicate};

/// The least that is worth it, in bytes.
const WORTH: u64 = 500;

/// gzip, for documents.
pub(super) fn layer() -> CompressionLayer<Documents> {
    CompressionLayer::new().gzip(true).compress_when(Documents)
}

/// JSON that was made here. An object may be JSON too, but it has a length, a tag and parts, which
/// are those of its own bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Documents;

impl Predicate for Documents {
    fn should_compress<B: Body>(&self, response: &Response<B>) -> bool {
        let headers = response.headers();
        let is_json = headers
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind == "application/json");
        let long = response.body().size_hint().lower() >= WORTH;
        is_json && long && !headers.contains_key(ACCEPT_RANGES)
    }
}
