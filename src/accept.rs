//! Phase 1: is the request well formed, small enough, and read the same way by everyone?

use std::time::Instant;

use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, Version};
use pingora::http::RequestHeader;
use portico_sdk::exchange::Head;
use portico_sdk::{Error, Reason};
use uuid::Uuid;

/// What the accept phase knows of a request.
pub struct Accepted {
    /// The request's id: the client's own if it is safe to repeat, else 32 hex digits.
    pub id: String,
    /// The head.
    pub head: Head,
    /// When it had been read.
    pub at: Instant,
    /// Whether it may go on.
    pub verdict: Result<(), Error>,
}

/// Copies a head out of the engine and judges it.
#[must_use]
pub fn accept(request: &RequestHeader) -> Accepted {
    let parts = request.as_owned_parts();
    let authority = authority(request);
    let verdict = judge(request, authority.as_deref());
    Accepted {
        id: request_id(&parts.headers),
        head: Head {
            target: request.raw_path().to_vec(),
            authority: authority.unwrap_or_default(),
            parts,
        },
        at: Instant::now(),
        verdict,
    }
}

/// `:authority` in HTTP/2, `Host` in HTTP/1.1 (RFC 9110 section 7.2).
fn authority(request: &RequestHeader) -> Option<String> {
    if let Some(authority) = request.uri.authority() {
        return Some(authority.as_str().to_owned());
    }
    let host = request.headers.get(HOST)?.to_str().ok()?;
    Some(host.to_owned())
}

fn judge(request: &RequestHeader, authority: Option<&str>) -> Result<(), Error> {
    let refuse = |words: &'static str| Err(Error::with_message(Reason::InvalidRequest, words));
    if authority.is_none_or(str::is_empty) {
        return refuse("The request needs exactly one Host header.");
    }
    if request.version < Version::HTTP_11 {
        return refuse("HTTP/1.1 is the oldest version that is spoken here.");
    }
    if request.headers.contains_key(CONTENT_LENGTH)
        && request.headers.contains_key(TRANSFER_ENCODING)
    {
        return refuse("Content-Length and Transfer-Encoding exclude each other.");
    }
    if !request.raw_path().starts_with(b"/") {
        return Err(Error::new(Reason::InvalidUri));
    }
    Ok(())
}

/// A client's id is repeated in headers and logs, so only harmless ones are taken over.
fn request_id(headers: &HeaderMap) -> String {
    let harmless = |id: &&str| {
        (1..=128).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
    };
    headers
        .get("x-request-id")
        .and_then(|value| value.to_str().ok())
        .filter(harmless)
        .map_or_else(|| Uuid::new_v4().simple().to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&'static str, &'static str)]) -> RequestHeader {
        let mut request = RequestHeader::build("PUT", b"/bucket/key?x=1", None).unwrap();
        for (name, value) in headers {
            request.append_header(*name, *value).unwrap();
        }
        request
    }

    #[test]
    fn a_plain_request_passes_with_its_target_as_sent() {
        let accepted = accept(&request(&[("host", "a.example:9000")]));
        assert!(accepted.verdict.is_ok());
        assert_eq!(accepted.head.target, b"/bucket/key?x=1");
        assert_eq!(accepted.head.authority, "a.example:9000");
        assert_eq!(accepted.id.len(), 32);
    }

    #[test]
    fn two_framings_or_no_host_are_refused() {
        for headers in [
            &[("content-length", "1")][..],
            &[
                ("host", "a"),
                ("content-length", "1"),
                ("transfer-encoding", "chunked"),
            ],
        ] {
            assert_eq!(
                accept(&request(headers)).verdict.unwrap_err().reason(),
                Reason::InvalidRequest
            );
        }
    }

    #[test]
    fn only_a_harmless_id_is_repeated() {
        let id = |value| accept(&request(&[("host", "a"), ("x-request-id", value)])).id;
        assert_eq!(id("abc-1"), "abc-1");
        assert_eq!(id("a\"b").len(), 32);
    }
}
