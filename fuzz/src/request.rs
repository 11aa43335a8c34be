//! The head of a request as text, so that seeds can be read and edited by hand.

use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode;
use portico_sigv4::RequestView;

/// A head; its parts may be what no client would send.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: Vec<u8>,
    pub(crate) query: Option<Vec<u8>>,
    pub(crate) host: Vec<u8>,
    pub(crate) headers: HeaderMap,
}

impl Request {
    /// Reads `METHOD target CRLF` and lines `name: value CRLF`; `Host` goes to its own place.
    ///
    /// A line feed alone ends nothing, so that one can stand in a path. `None` when no
    /// [`HeaderMap`] could hold the lines.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let (line, rest) = cut(text, b"\r\n").unwrap_or((text, b""));
        let (method, target) = cut(line, b" ")?;
        let (path, query) = match cut(target, b"?") {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        let mut headers = headers(rest)?;
        let host = headers.remove(http::header::HOST);
        Some(Self {
            method: std::str::from_utf8(method).ok()?.to_owned(),
            path: path.to_vec(),
            query: query.map(<[u8]>::to_vec),
            host: host.map_or_else(Vec::new, |host| host.as_bytes().to_vec()),
            headers,
        })
    }

    pub(crate) fn view(&self) -> RequestView<'_> {
        RequestView {
            method: &self.method,
            raw_path: &self.path,
            raw_query: self.query.as_deref(),
            headers: &self.headers,
            host: &self.host,
        }
    }
}

/// Reads lines `name: value CRLF`.
pub(crate) fn headers(mut text: &[u8]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    while !text.is_empty() {
        let (line, rest) = cut(text, b"\r\n").unwrap_or((text, b""));
        text = rest;
        let (name, value) = cut(line, b":")?;
        let name = HeaderName::from_bytes(name).ok()?;
        headers.append(name, HeaderValue::from_bytes(value.trim_ascii()).ok()?);
    }
    Some(headers)
}

/// The text before and after the first `mark`.
pub(crate) fn cut<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = text.windows(mark.len()).position(|window| window == mark)?;
    Some((&text[..at], &text[at + mark.len()..]))
}

/// Decoded names and values; `+` is a space.
pub(crate) fn parameters(raw: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let decoded = |text: &[u8]| {
        let spaced: Vec<_> = text
            .iter()
            .map(|byte| if *byte == b'+' { b' ' } else { *byte })
            .collect();
        percent_decode(&spaced).collect()
    };
    let pieces = raw
        .split(|byte| *byte == b'&')
        .filter(|piece| !piece.is_empty());
    let pairs = pieces.map(|piece| cut(piece, b"=").unwrap_or((piece, b"")));
    pairs
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

/// The bytes as text, which they must be.
pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}
