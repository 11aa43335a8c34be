//! Phase 1: is the request well formed, small enough, and read the same way by everyone?

use std::time::Instant;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, Version};
use pingora::http::RequestHeader;
use portico_sdk::exchange::Head;
use portico_sdk::upstream::LoopId;
use portico_sdk::{Error, Reason};
use uuid::Uuid;

use crate::proxy::ClientLimits;

/// Headers that decide how a request is read, whom it is from and where it goes.
const MEANT: [&str; 16] = [
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-http-method-override",
];

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

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
pub fn accept(
    request: &RequestHeader,
    raw: impl FnOnce() -> Bytes,
    limits: ClientLimits,
    loop_id: &LoopId,
) -> Accepted {
    let at = Instant::now();
    let parts = request.as_owned_parts();
    let authority = authority(request);
    // What HTTP/2 has instead of lines the engine has judged, the size among it.
    let raw = if request.version < Version::HTTP_2 {
        raw()
    } else {
        Bytes::new()
    };
    let verdict = judge(request, authority.as_deref(), &raw, limits);
    let verdict = verdict.and_then(|()| check_loop(&parts.headers, loop_id));
    Accepted {
        id: request_id(&parts.headers),
        head: Head {
            target: request.raw_path().to_vec(),
            authority: authority.unwrap_or_default(),
            parts,
        },
        at,
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
    raw: &[u8],
    limits: ClientLimits,
) -> Result<(), Error> {
    let refuse = |words: &'static str| Err(Error::with_message(Reason::InvalidRequest, words));
    if authority.is_none_or(str::is_empty) {
        return refuse("The request needs exactly one Host header.");
    }
    if !authority.is_none_or(is_plain_host) {
        return refuse("The Host header is malformed.");
    }
    if request.version < Version::HTTP_10 {
        return refuse("HTTP/1.0 is the oldest version that is spoken here.");
    }
    if raw.len() > limits.head {
        return Err(Error::new(Reason::HeadTooLarge));
    }
    check_lines(raw)?;
    check_names(&request.headers)?;
    check_framing(request, raw)?;
    check_length(&request.headers, limits)?;
    check_connection(&request.headers)?;
    if !request.raw_path().starts_with(b"/") {
        return Err(Error::new(Reason::InvalidUri));
    }
    Ok(())
}

/// Lines of HTTP/1 end in CR LF. The engine takes a bare LF too, others read on.
fn check_lines(raw: &[u8]) -> Result<(), Error> {
    let is_bare = |end: usize| end > 0 && raw[end - 1] != b'\r';
    if memchr::memchr_iter(b'\n', raw).any(is_bare) {
        let words = "Lines end with CR and LF.";
        return Err(Error::with_message(Reason::InvalidRequest, words));
    }
    Ok(())
}

/// Names that are another one to those who read `_` and `.` as `-`, as gateways of the CGI kind do.
fn check_names(headers: &HeaderMap) -> Result<(), Error> {
    let odd = |name: &HeaderName| {
        let name = name.as_str();
        // Names are too short for a faster search.
        name.bytes().any(|byte| matches!(byte, b'_' | b'.'))
            && MEANT.contains(&name.replace(['_', '.'], "-").as_str())
    };
    match headers.keys().find(|name| odd(name)) {
        None => Ok(()),
        Some(_) => Err(Error::with_message(
            Reason::InvalidRequest,
            "A header's name can be taken for another one.",
        )),
    }
}

/// One length, in digits alone (RFC 9110 section 8.6), and not too long. The engine takes equal
/// ones together.
fn check_length(headers: &HeaderMap, limits: ClientLimits) -> Result<(), Error> {
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let Some(length) = lengths.next() else {
        return Ok(());
    };
    let digits = length.to_str().ok();
    let digits = digits.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let length = digits.and_then(|digits| digits.parse::<u64>().ok());
    let (Some(length), None) = (length, lengths.next()) else {
        let words = "Content-Length is one number.";
        return Err(Error::with_message(Reason::InvalidRequest, words));
    };
    if limits.body.is_some_and(|limit| length > limit) {
        return Err(Error::new(Reason::EntityTooLarge));
    }
    Ok(())
}

/// A name or an address, with or without a port: nothing that a URL would read as something else.
/// Names that need `%` exist in theory (RFC 3986 section 3.2.2) and not in DNS; `+` is HCP's.
fn is_plain_host(authority: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-+._~:[]".contains(&byte);
    authority.bytes().all(plain)
}

/// One framing, and one that everybody reads the same way (RFC 9112 sections 6.1 and 6.3).
///
/// The engine has removed a `Content-Length` beside `Transfer-Encoding` already, so the bytes
/// themselves are looked at.
fn check_framing(request: &RequestHeader, raw: &[u8]) -> Result<(), Error> {
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
    if raw.split(|byte| *byte == b'\n').any(is_length) {
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
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(harmless)
        .map_or_else(random_id, str::to_owned)
}

fn random_id() -> String {
    let mut digits = Uuid::encode_buffer();
    Uuid::new_v4().simple().encode_lower(&mut digits).to_owned()
}

#[cfg(test)]
mod tests;
