//! Phase 1: is the request well formed, small enough, and read the same way by everyone?

use std::time::Instant;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, Version};
use pingora::http::RequestHeader;
use portico_sdk::exchange::Head;
use portico_sdk::upstream::LoopId;
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

/// Copies a head out of the engine and judges it; `raw` gives its bytes as they came, `loop_id`
/// is what no request from outside can bear.
#[must_use]
pub fn accept(request: &RequestHeader, raw: impl FnOnce() -> Bytes, loop_id: &LoopId) -> Accepted {
    let parts = request.as_owned_parts();
    let authority = authority(request);
    let verdict = judge(request, authority.as_deref(), raw);
    let verdict = verdict.and_then(|()| check_loop(&parts.headers, loop_id));
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

fn judge(
    request: &RequestHeader,
    authority: Option<&str>,
    raw: impl FnOnce() -> Bytes,
) -> Result<(), Error> {
    let refuse = |words: &'static str| Err(Error::with_message(Reason::InvalidRequest, words));
    if authority.is_none_or(str::is_empty) {
        return refuse("The request needs exactly one Host header.");
    }
    if request.version < Version::HTTP_10 {
        return refuse("HTTP/1.0 is the oldest version that is spoken here.");
    }
    check_framing(request, raw)?;
    check_connection(&request.headers)?;
    if !request.raw_path().starts_with(b"/") {
        return Err(Error::new(Reason::InvalidUri));
    }
    Ok(())
}

/// One framing, and one that everybody reads the same way (RFC 9112 sections 6.1 and 6.3).
///
/// The engine has removed a `Content-Length` beside `Transfer-Encoding` already, so the bytes
/// themselves are looked at.
fn check_framing(request: &RequestHeader, raw: impl FnOnce() -> Bytes) -> Result<(), Error> {
    let mut codings = request.headers.get_all(TRANSFER_ENCODING).iter();
    let Some(coding) = codings.next() else {
        return Ok(());
    };
    if codings.next().is_some() || !coding.as_bytes().eq_ignore_ascii_case(b"chunked") {
        let words = "Transfer-Encoding can only be `chunked`.";
        return Err(Error::with_message(Reason::NotImplemented, words));
    }
    let is_length = |line: &[u8]| {
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        name.trim_ascii()
            .eq_ignore_ascii_case(CONTENT_LENGTH.as_str().as_bytes())
    };
    if raw().split(|byte| *byte == b'\n').any(is_length) {
        let words = "Content-Length and Transfer-Encoding exclude each other.";
        return Err(Error::with_message(Reason::InvalidRequest, words));
    }
    Ok(())
}

/// `Connection` may name a header that the next hop must not see (RFC 9110 section 7.6.1). No
/// client needs that, and it could take away what a signature covers.
fn check_connection(headers: &HeaderMap) -> Result<(), Error> {
    const KNOWN: [&[u8]; 6] = [
        b"close",
        b"keep-alive",
        b"te",
        b"upgrade",
        b"http2-settings",
        b"",
    ];
    let known = |token: &[u8]| {
        KNOWN
            .iter()
            .any(|known| token.trim_ascii().eq_ignore_ascii_case(known))
    };
    let mut values = headers.get_all(CONNECTION).iter();
    if values.all(|value| value.as_bytes().split(|byte| *byte == b',').all(known)) {
        return Ok(());
    }
    Err(Error::with_message(
        Reason::InvalidRequest,
        "The Connection header names other headers.",
    ))
}

/// A request that this process has sent would be sent by it again, for ever (RFC 8586).
fn check_loop(headers: &HeaderMap, loop_id: &LoopId) -> Result<(), Error> {
    if loop_id.is_in(headers) {
        return Err(Error::new(Reason::LoopDetected));
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

    fn accept(request: &RequestHeader, raw: impl FnOnce() -> Bytes) -> Accepted {
        super::accept(request, raw, &LoopId::random())
    }

    #[test]
    fn a_request_that_comes_back_is_refused() {
        let id = LoopId::random();
        let mut request = request(&[("host", "a"), ("cdn-loop", "other.example")]);
        let verdict = |request: &_| super::accept(request, Bytes::new, &id).verdict;
        assert!(verdict(&request).is_ok());
        request
            .append_header("cdn-loop", id.value().unwrap())
            .unwrap();
        let error = verdict(&request).unwrap_err();
        assert_eq!(error.reason(), Reason::LoopDetected);
    }

    #[test]
    fn a_plain_request_passes_with_its_target_as_sent() {
        let accepted = accept(&request(&[("host", "a.example:9000")]), Bytes::new);
        assert!(accepted.verdict.is_ok());
        assert_eq!(accepted.head.target, b"/bucket/key?x=1");
        assert_eq!(accepted.head.authority, "a.example:9000");
        assert_eq!(accepted.id.len(), 32);
    }

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        let head = b"PUT / HTTP/1.1
Host: a
content-length : 1

";
        for (headers, reason) in [
            (&[("content-length", "1")][..], Reason::InvalidRequest),
            (
                &[("host", "a"), ("transfer-encoding", "chunked")],
                Reason::InvalidRequest,
            ),
            (
                &[("host", "a"), ("transfer-encoding", "gzip, chunked")],
                Reason::NotImplemented,
            ),
            (
                &[("host", "a"), ("connection", "close, x-amz-date")],
                Reason::InvalidRequest,
            ),
        ] {
            let accepted = accept(&request(headers), || Bytes::from_static(head));
            assert_eq!(accepted.verdict.unwrap_err().reason(), reason);
        }
    }

    #[test]
    fn one_framing_is_fine() {
        let headers = [
            ("host", "a"),
            ("transfer-encoding", "Chunked"),
            ("connection", "Keep-Alive, TE"),
        ];
        assert!(accept(&request(&headers), Bytes::new).verdict.is_ok());
    }

    #[test]
    fn only_a_harmless_id_is_repeated() {
        let id = |value| {
            accept(
                &request(&[("host", "a"), ("x-request-id", value)]),
                Bytes::new,
            )
            .id
        };
        assert_eq!(id("abc-1"), "abc-1");
        assert_eq!(id("a\"b").len(), 32);
    }
}
