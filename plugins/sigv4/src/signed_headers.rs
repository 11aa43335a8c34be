//! The list of headers a signature covers, and which others must not be there.

use http::HeaderMap;

use crate::encode::split;
use crate::error::{Fault, Form};

/// Lower-case names, each once, sorted, joined by `;` as the canonical request wants them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHeaders(String);

impl SignedHeaders {
    /// Reads the list of a client. A list that is not sorted is sorted, as servers do;
    /// empty, repeated and upper-case names are refused.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let plain = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase();
        // All of them, because that is done many at once.
        let plain = text.bytes().fold(true, |all, byte| all & plain(byte));
        if !plain || split(text, b';').any(str::is_empty) {
            return Err(Fault::SignedHeaders);
        }
        if split(text, b';').is_sorted_by(|one, next| one < next) {
            return Ok(Self(text.to_owned()));
        }
        let signed = Self::from_names(split(text, b';').collect());
        if signed.0.len() == text.len() {
            Ok(signed)
        } else {
            Err(Fault::SignedHeaders) // a repeated name was dropped
        }
    }

    /// Sorts the names, which must be lower-case already, and drops repetitions.
    pub(crate) fn from_names(mut names: Vec<&str>) -> Self {
        names.sort_unstable();
        names.dedup();
        Self(names.join(";"))
    }

    /// `host;x-amz-content-sha256;x-amz-date`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Each name, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        split(&self.0, b';')
    }

    /// Whether the signature covers this (lower-case) header.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.names().any(|signed| signed == name)
    }

    /// The headers for which S3 answers *There were headers present in the request which
    /// were not signed*: `host`, and every `x-amz-*` header of the request. The holder of a
    /// presigned URL could otherwise turn an upload into a copy or change its ACL.
    ///
    /// Not asked for on presigned requests: `x-amz-content-sha256`, whose value is signed
    /// as the payload line anyhow, and two headers that AWS's presigners leave out and that
    /// change nothing in the store. Asked for on presigned requests alone: HCP's `x-hcp-*`,
    /// with which the holder of a link could set a retention or delete in spite of one.
    pub(crate) fn unsigned<'a>(&self, headers: &'a HeaderMap, form: Form) -> Vec<&'a str> {
        let free: &[&str] = match form {
            Form::Header => &[],
            Form::Query => &[
                "x-amz-content-sha256",
                "x-amz-user-agent",
                "x-amz-checksum-mode",
            ],
        };
        let names = headers.keys().map(http::HeaderName::as_str);
        let must = |name: &&str| {
            name.starts_with("x-amz-") || (form == Form::Query && name.starts_with("x-hcp-"))
        };
        names
            .filter(|name| must(name) && !free.contains(name))
            .chain(std::iter::once("host"))
            .filter(|name| !self.contains(name))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_link_cannot_be_given_orders_of_hcp() {
        let headers = HeaderMap::from_iter([(
            http::HeaderName::from_static("x-hcp-retention"),
            HeaderValue::from_static("A+100y"),
        )]);
        let signed = SignedHeaders::parse("host").unwrap();
        assert_eq!(signed.unsigned(&headers, Form::Query), ["x-hcp-retention"]);
        assert!(signed.unsigned(&headers, Form::Header).is_empty());
    }

    #[test]
    fn a_list_comes_out_sorted() {
        let signed = SignedHeaders::parse("x-amz-date;host;range").unwrap();
        assert_eq!(signed.as_str(), "host;range;x-amz-date");
        assert!(signed.contains("range") && !signed.contains("rang"));
    }

    #[test]
    fn empty_repeated_and_upper_case_names_are_refused() {
        for text in [
            "",
            ";",
            "host;",
            ";host",
            "host;;range",
            "host;host",
            "Host",
            "ho st",
            "h\u{e9}",
        ] {
            assert_eq!(
                SignedHeaders::parse(text),
                Err(Fault::SignedHeaders),
                "{text}"
            );
        }
    }

    #[test]
    fn amz_headers_must_be_signed_and_other_prefixes_need_not() {
        let mut headers = HeaderMap::new();
        for name in [
            "x-amz-acl",
            "x-amz-content-sha256",
            "x-amzn-trace-id",
            "range",
        ] {
            headers.insert(name, HeaderValue::from_static("v"));
        }
        let signed = SignedHeaders::parse("host").unwrap();
        assert_eq!(signed.unsigned(&headers, Form::Query), ["x-amz-acl"]);
        let mut unsigned = signed.unsigned(&headers, Form::Header);
        unsigned.sort_unstable();
        assert_eq!(unsigned, ["x-amz-acl", "x-amz-content-sha256"]);
        let signed = SignedHeaders::parse("x-amz-acl;x-amz-content-sha256").unwrap();
        assert_eq!(signed.unsigned(&headers, Form::Header), ["host"]);
    }
}
