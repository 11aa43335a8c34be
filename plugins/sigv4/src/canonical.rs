//! The canonical request: the one spelling of a request that client and server both sign.

use http::HeaderMap;

use crate::encode::{Part, encode_into, recode_into};
use crate::payload::PayloadMode;
use crate::query::{decoded, parameters, write_sorted};
use crate::signed_headers::SignedHeaders;

/// How the path becomes canonical.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathStyle {
    /// Decoded once, encoded once: the rule of S3.
    Recoded,
    /// The bytes of the request line.
    AsSent,
    /// The bytes of the request line encoded once more, dot segments and repeated slashes
    /// removed first if `normalize`: the rule of every service but S3.
    Doubled {
        /// RFC 3986 §5.2.4, and `//` read as `/`.
        normalize: bool,
    },
}

/// How the parameters of the query become canonical; they are sorted in either case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryStyle {
    /// Names and values decoded once, encoded once; `+` reads as a space.
    Recoded,
    /// The bytes of the request line.
    AsSent,
}

/// The rules of one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Rule for the path.
    pub path: PathStyle,
    /// Rule for the query.
    pub query: QueryStyle,
}

impl Style {
    /// The rules of Amazon S3.
    pub const S3: Self = Self {
        path: PathStyle::Recoded,
        query: QueryStyle::Recoded,
    };
}

/// A signed header that the request does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingHeader(pub String);

/// A request as far as a signature covers it.
#[derive(Clone, Copy, Debug)]
pub struct CanonicalRequest<'a> {
    /// As sent; methods are case-sensitive.
    pub method: &'a str,
    /// The path of the request line without the query, escapes as sent, in any bytes.
    pub path: &'a [u8],
    /// What follows `?`.
    pub query: Option<&'a [u8]>,
    /// Leave the parameter `X-Amz-Signature` out, which cannot sign itself.
    pub presigned: bool,
    /// Where the values of the signed headers are looked up.
    pub headers: &'a HeaderMap,
    /// Lower-case names with values that count instead of those in `headers`: the host
    /// (`:authority` in HTTP/2), and headers that will be added after signing.
    pub overrides: &'a [(&'a str, &'a [u8])],
    /// What is signed.
    pub signed_headers: &'a SignedHeaders,
    /// The last line.
    pub payload: PayloadMode,
    /// The rules of the service.
    pub style: Style,
}

impl CanonicalRequest<'_> {
    /// Appends the canonical request to `out`, which is left half written on error.
    pub fn write_into(&self, out: &mut Vec<u8>) -> Result<(), MissingHeader> {
        out.extend_from_slice(self.method.as_bytes());
        out.push(b'\n');
        self.write_path(out);
        out.push(b'\n');
        self.write_query(out);
        out.push(b'\n');
        for name in self.signed_headers.names() {
            self.write_header(out, name)?;
        }
        out.push(b'\n');
        out.extend_from_slice(self.signed_headers.as_str().as_bytes());
        out.push(b'\n');
        self.payload.write_into(out);
        Ok(())
    }

    pub(crate) fn write_path(&self, out: &mut Vec<u8>) {
        if self.path.is_empty() {
            return out.push(b'/');
        }
        match self.style.path {
            PathStyle::Recoded => recode_into(out, self.path, Part::Path),
            PathStyle::AsSent => out.extend_from_slice(self.path),
            PathStyle::Doubled { normalize: false } => encode_into(out, self.path, Part::Path),
            PathStyle::Doubled { normalize: true } => {
                encode_into(out, &without_dots(self.path), Part::Path);
            }
        }
    }

    pub(crate) fn write_query(&self, out: &mut Vec<u8>) {
        let Some(query) = self.query else { return };
        let signed = parameters(query)
            .filter(|(name, _)| !(self.presigned && *decoded(name) == *b"X-Amz-Signature"));
        write_sorted(out, signed, self.style.query == QueryStyle::Recoded);
    }

    fn write_header(&self, out: &mut Vec<u8>, name: &str) -> Result<(), MissingHeader> {
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        if let Some((_, value)) = self.overrides.iter().find(|(known, _)| *known == name) {
            write_folded(out, value);
        } else {
            let mut values = self.headers.get_all(name).iter();
            let first = values
                .next()
                .ok_or_else(|| MissingHeader(name.to_owned()))?;
            write_folded(out, first.as_bytes());
            for value in values {
                out.push(b',');
                write_folded(out, value.as_bytes());
            }
        }
        out.push(b'\n');
        Ok(())
    }
}

/// Trims, and makes one space of every run of spaces. Only the space counts, as in AWS's
/// SDKs; tabs at the ends never get past an HTTP parser.
fn write_folded(out: &mut Vec<u8>, value: &[u8]) {
    if memchr::memchr(b' ', value).is_none() {
        return out.extend_from_slice(value);
    }
    let mut words = value
        .split(|byte| *byte == b' ')
        .filter(|word| !word.is_empty());
    out.extend_from_slice(words.next().unwrap_or_default());
    for word in words {
        out.push(b' ');
        out.extend_from_slice(word);
    }
}

fn without_dots(path: &[u8]) -> Vec<u8> {
    let mut kept: Vec<&[u8]> = Vec::new();
    let mut closes = false;
    for segment in path.split(|byte| *byte == b'/') {
        closes = matches!(segment, b"" | b"." | b"..");
        match segment {
            b".." => drop(kept.pop()),
            b"" | b"." => {}
            _ => kept.push(segment),
        }
    }
    let mut out = vec![b'/'];
    out.extend_from_slice(&kept.join(&b'/'));
    if closes && !kept.is_empty() {
        out.push(b'/');
    }
    out
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn canonical(headers: &HeaderMap, signed: &str) -> Result<String, MissingHeader> {
        let signed_headers = SignedHeaders::parse(signed).unwrap();
        let request = CanonicalRequest {
            method: "GET",
            path: b"/a b//./%2E",
            query: Some(b"b&a=1&X-Amz-Signature=x"),
            presigned: true,
            headers,
            overrides: &[("host", b" example.com ")],
            signed_headers: &signed_headers,
            payload: PayloadMode::Unsigned,
            style: Style::S3,
        };
        let mut out = Vec::new();
        request.write_into(&mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn writes_every_line() {
        let mut headers = HeaderMap::new();
        headers.append("x-amz-meta", HeaderValue::from_static("  a   b "));
        headers.append("x-amz-meta", HeaderValue::from_static("c"));
        assert_eq!(
            canonical(&headers, "host;x-amz-meta").unwrap(),
            "GET\n/a%20b//./.\na=1&b=\nhost:example.com\nx-amz-meta:a b,c\n\n\
             host;x-amz-meta\nUNSIGNED-PAYLOAD"
        );
    }

    #[test]
    fn a_signed_header_that_is_absent_is_named() {
        let absent = canonical(&HeaderMap::new(), "host;x-amz-date");
        assert_eq!(absent, Err(MissingHeader("x-amz-date".to_owned())));
        // No header can have this name, which must not make the lookup fail otherwise.
        let absent = canonical(&HeaderMap::new(), "h(st");
        assert_eq!(absent, Err(MissingHeader("h(st".to_owned())));
    }

    #[test]
    fn dot_segments_go_where_the_rfc_says() {
        for (path, expected) in [
            ("/", "/"),
            ("//", "/"),
            ("/a/..", "/"),
            ("/a/./b/../c", "/a/c"),
            ("/a/b/..", "/a/"),
            ("/../a", "/a"),
            ("/a/.", "/a/"),
            ("//a//", "/a/"),
            ("a", "/a"),
        ] {
            assert_eq!(without_dots(path.as_bytes()), expected.as_bytes(), "{path}");
        }
    }
}
