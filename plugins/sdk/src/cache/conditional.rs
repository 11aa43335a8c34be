//! Conditional requests, answered from a whole answer (RFC 9110 section 13).

use std::time::SystemTime;

use http::header::{
    AGE, CACHE_CONTROL, CONTENT_LOCATION, DATE, ETAG, EXPIRES, HeaderMap, HeaderName, HeaderValue,
    IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE, LAST_MODIFIED, VARY,
};
use http::{Response, StatusCode};

use crate::body::{self, Body};

/// Headers that tell a condition.
pub const CONDITIONS: [HeaderName; 4] = [
    IF_MATCH,
    IF_MODIFIED_SINCE,
    IF_NONE_MATCH,
    IF_UNMODIFIED_SINCE,
];

/// What a 304 repeats of the answer that it stands for (RFC 9110 section 15.4.5), and what
/// caches say.
const REPEATED: [HeaderName; 9] = [
    AGE,
    CACHE_CONTROL,
    CONTENT_LOCATION,
    DATE,
    ETAG,
    EXPIRES,
    LAST_MODIFIED,
    VARY,
    HeaderName::from_static("cache-status"),
];

/// The answer to a GET or HEAD with these headers, given what one without conditions gets: the same,
/// or 304, or 412. Only a success is held against conditions.
#[must_use]
pub fn conditional(response: Response<Body>, asked: &HeaderMap) -> Response<Body> {
    if !response.status().is_success() {
        return response;
    }
    let Some(status) = verdict(response.headers(), asked) else {
        return response;
    };
    let mut short = Response::new(body::empty());
    *short.status_mut() = status;
    let (parts, _) = response.into_parts();
    for name in REPEATED {
        if let Some(value) = parts.headers.get(&name) {
            short.headers_mut().insert(name, value.clone());
        }
    }
    short
}

/// In the order of RFC 9110 section 13.2.2.
fn verdict(answer: &HeaderMap, asked: &HeaderMap) -> Option<StatusCode> {
    let etag = answer.get(ETAG);
    // What has no tag is held against none: the store heeds no such condition of a listing either.
    let failed = if asked.contains_key(IF_MATCH) {
        etag.is_some_and(|etag| !names(asked, &IF_MATCH, etag, false))
    } else {
        is_newer(answer, asked.get(IF_UNMODIFIED_SINCE)) == Some(true)
    };
    if failed {
        return Some(StatusCode::PRECONDITION_FAILED);
    }
    let unchanged = if asked.contains_key(IF_NONE_MATCH) {
        etag.is_some_and(|etag| names(asked, &IF_NONE_MATCH, etag, true))
    } else {
        is_newer(answer, asked.get(IF_MODIFIED_SINCE)) == Some(false)
    };
    unchanged.then_some(StatusCode::NOT_MODIFIED)
}

/// Whether a list of entity tags names this one (RFC 9110 section 8.8.3.2).
fn names(asked: &HeaderMap, header: &HeaderName, etag: &HeaderValue, weak: bool) -> bool {
    let lines = asked.get_all(header).iter();
    let mut listed = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    listed.any(|tag| {
        let tag = tag.trim_ascii();
        tag == b"*" || same(tag, etag.as_bytes(), weak)
    })
}

fn same(one: &[u8], other: &[u8], weak: bool) -> bool {
    let strong = |tag: &[u8]| !tag.starts_with(b"W/");
    (weak || strong(one) && strong(other)) && bare(one) == bare(other)
}

/// Some S3 clients leave the quotation marks out.
fn bare(tag: &[u8]) -> &[u8] {
    let tag = tag.strip_prefix(b"W/").unwrap_or(tag);
    let inner = tag
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""));
    inner.unwrap_or(tag)
}

/// Whether the answer was modified after a date; `None` when either is not told.
fn is_newer(answer: &HeaderMap, since: Option<&HeaderValue>) -> Option<bool> {
    let since = date(since?)?;
    Some(date(answer.get(LAST_MODIFIED)?)? > since)
}

fn date(value: &HeaderValue) -> Option<SystemTime> {
    httpdate::parse_http_date(value.to_str().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: &str = "\"5eb63bbbe01eeed093cb22bb8f5acdc3\"";
    const MODIFIED: &str = "Sat, 21 Nov 2026 10:00:00 GMT";

    fn asked(pairs: &[(HeaderName, &str)]) -> StatusCode {
        let mut whole = Response::new(body::full("words"));
        whole.headers_mut().insert(ETAG, TAG.parse().unwrap());
        whole
            .headers_mut()
            .insert(LAST_MODIFIED, MODIFIED.parse().unwrap());
        let pairs = pairs
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()));
        conditional(whole, &pairs.collect()).status()
    }

    #[test]
    fn conditions_are_kept_in_the_order_of_the_standard() {
        let (ok, same, failed) = (
            StatusCode::OK,
            StatusCode::NOT_MODIFIED,
            StatusCode::PRECONDITION_FAILED,
        );
        let earlier = "Sat, 21 Nov 2026 09:59:59 GMT";
        for (pairs, expected) in [
            (vec![], ok),
            (vec![(IF_NONE_MATCH, TAG)], same),
            (
                vec![(IF_NONE_MATCH, "5eb63bbbe01eeed093cb22bb8f5acdc3")],
                same,
            ),
            (vec![(IF_NONE_MATCH, "\"x\", *")], same),
            (vec![(IF_NONE_MATCH, "\"x\"")], ok),
            (
                vec![(IF_NONE_MATCH, "\"x\""), (IF_MODIFIED_SINCE, MODIFIED)],
                ok,
            ),
            (vec![(IF_MODIFIED_SINCE, MODIFIED)], same),
            (vec![(IF_MODIFIED_SINCE, earlier)], ok),
            (vec![(IF_MODIFIED_SINCE, "no date")], ok),
            (vec![(IF_MATCH, TAG)], ok),
            (vec![(IF_MATCH, "\"x\"")], failed),
            (
                vec![(IF_MATCH, "W/\"5eb63bbbe01eeed093cb22bb8f5acdc3\"")],
                failed,
            ),
            (vec![(IF_UNMODIFIED_SINCE, MODIFIED)], ok),
            (vec![(IF_UNMODIFIED_SINCE, earlier)], failed),
            (vec![(IF_MATCH, TAG), (IF_UNMODIFIED_SINCE, earlier)], ok),
            (vec![(IF_MATCH, TAG), (IF_NONE_MATCH, TAG)], same),
        ] {
            assert_eq!(asked(&pairs), expected, "{pairs:?}");
        }
    }

    #[test]
    fn what_has_no_tag_is_held_against_none() {
        for header in [IF_MATCH, IF_NONE_MATCH] {
            for tag in ["*", TAG] {
                let asked = HeaderMap::from_iter([(header.clone(), tag.parse().unwrap())]);
                let listing = Response::new(body::full("words"));
                assert_eq!(conditional(listing, &asked).status(), StatusCode::OK);
            }
        }
    }

    #[test]
    fn what_is_no_success_is_left_alone() {
        let mut gone = Response::new(body::empty());
        *gone.status_mut() = StatusCode::NOT_FOUND;
        let asked = HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static("*"))]);
        assert_eq!(conditional(gone, &asked).status(), StatusCode::NOT_FOUND);
    }
}
