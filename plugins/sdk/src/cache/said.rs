//! What caches say of an answer, carried over to another that is made of it.

use http::HeaderMap;
use http::header::{AGE, HeaderName};

/// Where caches say what they did (RFC 9211).
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// What caches have said of an answer, for the one that is made of it.
#[must_use]
pub fn said_by_caches(headers: &HeaderMap) -> HeaderMap {
    let said = [AGE, CACHE_STATUS].into_iter();
    let said = said.filter_map(|name| Some((name.clone(), headers.get(name)?.clone())));
    said.collect()
}
