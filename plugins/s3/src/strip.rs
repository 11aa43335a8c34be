//! The one table of what belongs between client and Portico and must not reach the store.

use http::header::{CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue};

/// Headers that never travel on.
///
/// `x-amz-date` and `x-amz-content-sha256` are among them because the new signature brings its
/// own. Cookies are, because HCP takes some for credentials (`hcp-ns-auth`, `HCAP-Login`), and
/// the store must see no other identity than the one that was proven here.
const HEADERS: &[&str] = &[
    "authorization",
    "cookie",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-security-token",
    "x-amz-trailer",
];

/// Headers of the SDKs' checksum defaults, which HCP refuses before release 10.
const CHECKSUM_HEADERS: &[&str] = &[
    "x-amz-checksum-algorithm",
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-mode",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
    "x-amz-checksum-type",
    "x-amz-sdk-checksum-algorithm",
];

/// Query parameters of presigned URLs (AWS, "Authenticating Requests: Using Query Parameters").
const PARAMETERS: &[&str] = &[
    "x-amz-algorithm",
    "x-amz-content-sha256",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
];

/// Whether a header stays here. The name is in lower case.
#[must_use]
pub fn strips_header(name: &str, checksums: bool) -> bool {
    HEADERS.contains(&name) || (checksums && CHECKSUM_HEADERS.contains(&name))
}

/// Whether a query parameter stays here; SDKs move headers into presigned queries, checksums
/// included.
#[must_use]
pub fn strips_parameter(name: &str, checksums: bool) -> bool {
    let name = name.to_ascii_lowercase();
    PARAMETERS.contains(&name.as_str()) || (checksums && CHECKSUM_HEADERS.contains(&name.as_str()))
}

/// The names among these headers that stay here.
#[must_use]
pub fn stripped_headers(headers: &HeaderMap, checksums: bool) -> Vec<HeaderName> {
    headers
        .keys()
        .filter(|name| strips_header(name.as_str(), checksums))
        .cloned()
        .collect()
}

/// The query without what stays here, parameters otherwise as they are and in their order.
#[must_use]
pub fn stripped_query(query: &str, checksums: bool) -> String {
    let stays = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && !strips_parameter(name, checksums)
    };
    query.split('&').filter(stays).collect::<Vec<_>>().join("&")
}

/// `Content-Encoding` without `aws-chunked`; the outer `None` when it need not change, the inner
/// one when nothing remains.
#[must_use]
pub fn content_encoding(headers: &HeaderMap) -> Option<Option<HeaderValue>> {
    let text = headers.get(CONTENT_ENCODING)?.to_str().ok()?;
    let is_chunked = |token: &&str| token.eq_ignore_ascii_case("aws-chunked");
    let tokens = || {
        text.split(',')
            .map(str::trim)
            .filter(|token| !token.is_empty())
    };
    if !tokens().any(|token| is_chunked(&token)) {
        return None;
    }
    let rest: Vec<_> = tokens().filter(|token| !is_chunked(token)).collect();
    Some(
        HeaderValue::from_str(&rest.join(","))
            .ok()
            .filter(|value| !value.is_empty()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table, held: whoever changes it must change this list, and think twice.
    #[test]
    fn the_table_is_what_it_was() {
        let always = "authorization cookie x-amz-content-sha256 x-amz-date \
             x-amz-decoded-content-length x-amz-security-token x-amz-trailer";
        let checksums = "x-amz-checksum-algorithm x-amz-checksum-crc32 x-amz-checksum-crc32c \
             x-amz-checksum-crc64nvme x-amz-checksum-mode x-amz-checksum-sha1 \
             x-amz-checksum-sha256 x-amz-checksum-type x-amz-sdk-checksum-algorithm";
        assert_eq!(HEADERS.join(" "), always);
        assert_eq!(CHECKSUM_HEADERS.join(" "), checksums);
        assert!(strips_header("x-amz-checksum-crc32", true));
        assert!(!strips_header("x-amz-checksum-crc32", false));
        for kept in [
            "x-amz-meta-a",
            "x-amz-copy-source",
            "x-hcp-retention",
            "range",
            "expect",
        ] {
            assert!(!strips_header(kept, true), "{kept}");
        }
    }

    #[test]
    fn a_presigned_query_loses_its_proof_and_nothing_else() {
        let query = "versionId=7&X-Amz-Algorithm=A&X-Amz-Signature=s&x-id=GetObject&uploads&x-amz-checksum-crc32=x";
        assert_eq!(
            stripped_query(query, true),
            "versionId=7&x-id=GetObject&uploads"
        );
        assert_eq!(stripped_query("X-Amz-Expires=1", true), "");
    }

    #[test]
    fn aws_chunked_leaves_the_content_encoding() {
        let read = |value: &'static str| {
            content_encoding(&HeaderMap::from_iter([(
                CONTENT_ENCODING,
                HeaderValue::from_static(value),
            )]))
        };
        assert_eq!(read("gzip"), None);
        assert_eq!(read("aws-chunked"), Some(None));
        assert_eq!(
            read("aws-chunked, gzip"),
            Some(Some(HeaderValue::from_static("gzip")))
        );
        assert_eq!(
            read("gzip,aws-chunked"),
            Some(Some(HeaderValue::from_static("gzip")))
        );
    }
}
