//! What HCP refuses before it looks at the operation: releases, lengths and names.

use http::{HeaderMap, Method, Uri};
use s3s::{S3Error, s3_error};

use crate::digests::is_aws_chunked;
use crate::s3::errors;

/// Object names have up to 4095 bytes (AWS: 1024).
const KEY_LIMIT: usize = 4095;
/// All `x-amz-meta-*` names and values together.
const METADATA_LIMIT: usize = 2048;
const META: &str = "x-amz-meta-";

/// The HCP release, as far as it shows on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Release {
    /// Knows nothing of SDK checksums: a request that carries one is refused.
    #[default]
    V9,
    /// Takes SDK checksums, verifies them and stores none.
    V10,
}

impl Release {
    pub(crate) fn software_version(self) -> &'static str {
        match self {
            Self::V9 => "9.7.0.35",
            Self::V10 => "10.0.1.4",
        }
    }
}

/// The parts of a request that the rules look at.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) headers: &'a HeaderMap,
    /// The object's key, decoded, when the request names an object.
    pub(crate) key: Option<&'a str>,
}

impl Asked<'_> {
    fn has_header(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }

    /// Whether the query has this parameter, whatever its case.
    fn has_query(&self, name: &str) -> bool {
        query_names(self.uri).any(|found| found.eq_ignore_ascii_case(name))
    }

    fn meta_headers(&self) -> impl Iterator<Item = (&str, usize)> {
        let headers = self.headers.iter();
        headers.filter_map(|(name, value)| Some((name.as_str().strip_prefix(META)?, value.len())))
    }
}

pub(crate) fn query_names(uri: &Uri) -> impl Iterator<Item = &str> {
    let pairs = uri.query().unwrap_or_default().split('&');
    pairs.map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name))
}

/// The first rule that the request breaks.
pub(crate) fn check(release: Release, asked: &Asked<'_>) -> Result<(), S3Error> {
    no_session_token(asked)?;
    if release == Release::V9 {
        no_checksums(asked)?;
    }
    has_length(asked)?;
    has_md5(asked)?;
    good_key(asked.key)?;
    small_metadata(asked)?;
    supported(asked)
}

/// HCP knows no session tokens: a gateway that forgets to strip its own is caught here.
fn no_session_token(asked: &Asked<'_>) -> Result<(), S3Error> {
    const TOKEN: &str = "x-amz-security-token";
    if asked.has_header(TOKEN) || asked.has_query(TOKEN) {
        return Err(s3_error!(
            InvalidAccessKeyId,
            "The access key of a session token does not exist in our records."
        ));
    }
    Ok(())
}

fn no_checksums(asked: &Asked<'_>) -> Result<(), S3Error> {
    let modern = |name: &str| {
        let name = name.to_ascii_lowercase();
        name == "x-amz-trailer"
            || name == "x-amz-sdk-checksum-algorithm"
            || (name.starts_with("x-amz-checksum-") && name != "x-amz-checksum-mode")
    };
    let payload = asked.headers.get("x-amz-content-sha256");
    let trailer = payload.is_some_and(|value| value.as_bytes().ends_with(b"-TRAILER"));
    let mut names = asked.headers.keys().map(http::HeaderName::as_str);
    if trailer || names.any(modern) || query_names(asked.uri).any(modern) {
        return Err(errors::bad_request(
            "InvalidRequest",
            "The request carries a checksum that is not supported.",
        ));
    }
    Ok(())
}

/// An aws-chunked body has a length of its own, which SDKs give in place of the other.
fn has_length(asked: &Asked<'_>) -> Result<(), S3Error> {
    let header = if is_aws_chunked(asked.headers) {
        "x-amz-decoded-content-length"
    } else {
        "content-length"
    };
    let stores = *asked.method == Method::PUT && !asked.has_header("x-amz-copy-source");
    if stores && !asked.has_header(header) {
        let message = "You must provide the Content-Length HTTP header.";
        return Err(s3_error!(MissingContentLength, "{message}"));
    }
    Ok(())
}

fn has_md5(asked: &Asked<'_>) -> Result<(), S3Error> {
    let multi_delete =
        *asked.method == Method::POST && asked.key.is_none() && asked.has_query("delete");
    if multi_delete && !asked.has_header("content-md5") {
        return Err(errors::bad_request(
            "MissingSecurityHeader",
            "Missing required header for this request: Content-MD5",
        ));
    }
    Ok(())
}

fn good_key(key: Option<&str>) -> Result<(), S3Error> {
    let Some(key) = key else { return Ok(()) };
    if key.len() > KEY_LIMIT {
        return Err(errors::bad_request("KeyTooLong", "Your key is too long."));
    }
    if key.contains('\0') || matches!(key, "." | "/" | ".directory-metadata") {
        return Err(s3_error!(
            InvalidArgument,
            "The object name is not allowed."
        ));
    }
    Ok(())
}

fn small_metadata(asked: &Asked<'_>) -> Result<(), S3Error> {
    let total: usize = asked
        .meta_headers()
        .map(|(name, value)| name.len() + value)
        .sum();
    if total > METADATA_LIMIT {
        return Err(s3_error!(
            MetadataTooLarge,
            "Your metadata headers exceed the maximum allowed metadata size."
        ));
    }
    if total > 0 && asked.has_query("uploadId") {
        return Err(s3_error!(
            InvalidRequest,
            "Metadata is not allowed on a part or at completion."
        ));
    }
    Ok(())
}

fn supported(asked: &Asked<'_>) -> Result<(), S3Error> {
    let customer_key = "x-amz-server-side-encryption-customer-algorithm";
    let by_part =
        asked.key.is_some() && asked.has_query("partNumber") && !asked.has_query("uploadId");
    if asked.has_header(customer_key) || by_part {
        return Err(s3_error!(
            NotImplemented,
            "A header or parameter is not implemented."
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(
        release: Release,
        method: &Method,
        uri: &str,
        headers: &[(&str, &str)],
    ) -> Option<String> {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (
                    name.parse::<http::HeaderName>().unwrap(),
                    value.parse().unwrap(),
                )
            })
            .collect();
        let uri: Uri = uri.parse().unwrap();
        let asked = Asked {
            method,
            uri: &uri,
            headers: &headers,
            key: uri.path().strip_prefix("/b/"),
        };
        let refused = check(release, &asked).err();
        refused.map(|error| error.code().as_str().to_owned())
    }

    #[test]
    fn release_9_refuses_every_form_of_checksum() {
        let v9 = |headers: &[_]| refusal(Release::V9, &Method::GET, "/b/k", headers);
        let refused = Some("InvalidRequest".to_owned());
        assert_eq!(v9(&[("x-amz-checksum-crc32", "x")]), refused);
        assert_eq!(v9(&[("x-amz-checksum-algorithm", "CRC32")]), refused);
        assert_eq!(v9(&[("x-amz-sdk-checksum-algorithm", "CRC32")]), refused);
        assert_eq!(v9(&[("x-amz-trailer", "x")]), refused);
        let trailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
        assert_eq!(v9(&[("x-amz-content-sha256", trailer)]), refused);
        assert_eq!(v9(&[("x-amz-checksum-mode", "ENABLED")]), None);
        let query = "/b/k?x-amz-checksum-crc32=AAAAAA==";
        assert_eq!(refusal(Release::V9, &Method::GET, query, &[]), refused);
        let checksum = [("x-amz-checksum-crc32", "x")];
        assert_eq!(refusal(Release::V10, &Method::GET, "/b/k", &checksum), None);
    }

    #[test]
    fn no_release_knows_session_tokens() {
        for release in [Release::V9, Release::V10] {
            let refused = Some("InvalidAccessKeyId".to_owned());
            let header = [("x-amz-security-token", "t")];
            assert_eq!(refusal(release, &Method::GET, "/b/k", &header), refused);
            let query = "/b/k?X-Amz-Security-Token=t";
            assert_eq!(refusal(release, &Method::GET, query, &[]), refused);
        }
    }

    #[test]
    fn lengths_digests_and_names() {
        let asks =
            |method: &Method, uri: &str, headers: &[_]| refusal(Release::V9, method, uri, headers);
        let is = |code: &str| Some(code.to_owned());
        assert_eq!(asks(&Method::PUT, "/b/k", &[]), is("MissingContentLength"));
        let delete = asks(&Method::POST, "/b?delete", &[]);
        assert_eq!(delete, is("MissingSecurityHeader"));
        let long = format!("/b/{}", "k".repeat(4096));
        assert_eq!(asks(&Method::GET, &long, &[]), is("KeyTooLong"));
        let big = "v".repeat(2046);
        let put = [("content-length", "0"), ("x-amz-meta-ab", big.as_str())];
        assert_eq!(asks(&Method::PUT, "/b/k", &put), None);
        let put = [("content-length", "0"), ("x-amz-meta-abc", big.as_str())];
        assert_eq!(asks(&Method::PUT, "/b/k", &put), is("MetadataTooLarge"));
    }
}
