//! The one table of what belongs between client and Portico and must not reach the store.

use http::header::{CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue};
use portico_sdk::s3::is_proof;

/// Headers that never travel on.
///
/// `x-amz-date` and `x-amz-content-sha256` are among them because the new signature brings its
/// own. Cookies are, because HCP takes some for credentials (`hcp-ns-auth`, `HCAP-Login`), and
/// the store must see no other identity than the one that was proven here. Method overrides
/// are, because a link is for one method.
const HEADERS: &[&str] = &[
    "authorization",
    "cookie",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-security-token",
    "x-amz-trailer",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
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

/// Whether a header stays here. The name is in lower case.
#[must_use]
pub fn strips_header(name: &str, checksums: bool) -> bool {
    HEADERS.contains(&name) || (checksums && CHECKSUM_HEADERS.contains(&name))
}

/// Whether a query parameter stays here; SDKs move headers into presigned queries, checksums
/// included.
#[must_use]
pub fn strips_parameter(name: &str, checksums: bool) -> bool {
    let is_checksum = || {
        CHECKSUM_HEADERS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
    };
    is_proof(name) || (checksums && is_checksum())
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

/// Whether `Content-Encoding` speaks of the framing that is taken off here.
#[must_use]
pub fn names_aws_chunked(headers: &HeaderMap) -> bool {
    let names = |value: &HeaderValue| {
        let mut tokens = value
            .as_bytes()
            .split(|byte| *byte == b',')
            .map(<[u8]>::trim_ascii);
        tokens.any(|token| token.eq_ignore_ascii_case(b"aws-chunked"))
    };
    headers.get_all(CONTENT_ENCODING).iter().any(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table, held: whoever changes it must change this list, and think twice.
    #[test]
    fn the_table_is_what_it_was() {
        let always = "authorization cookie x-amz-content-sha256 x-amz-date \
             x-amz-decoded-content-length x-amz-security-token x-amz-trailer x-http-method \
             x-http-method-override x-method-override";
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
        assert_eq!(
            stripped_query("AWSAccessKeyId=k&Expires=1&Signature=s&acl", true),
            "acl"
        );
    }

    #[test]
    fn aws_chunked_is_found_wherever_it_stands() {
        let read = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(CONTENT_ENCODING, HeaderValue::from_static(value));
            }
            names_aws_chunked(&headers)
        };
        assert!(
            read(&["aws-chunked"])
                && read(&["gzip, AWS-Chunked"])
                && read(&["gzip", "aws-chunked"])
        );
        assert!(!read(&["gzip"]) && !read(&["x-aws-chunked"]) && !read(&[]));
    }
}
