//! Proofs of HCP's own kinds, as far as the outside of a request shows them.

use http::HeaderMap;
use http::HeaderValue;
use http::header::{AUTHORIZATION, COOKIE};

use crate::forward::binds_connection;

/// HCP's cookies that are credentials: for data, for management, and after a login to the directory
/// (HCP, "HCP Management API Reference", authentication).
const COOKIES: [&str; 3] = ["hcp-ns-auth", "hcp-api-auth", "HCAP-Login"];

/// A proof that HCP itself reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NativeProof {
    /// `Authorization: HCP base64(user):md5hex(password)`.
    Hcp,
    /// `Authorization: AD user@domain:password`.
    Directory,
    /// `Authorization: Negotiate` or `NTLM`, which holds for the connection.
    Negotiate,
    /// One of HCP's cookies.
    Cookie,
}

impl NativeProof {
    /// The proof in the headers. A cookie counts only without `Authorization`.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        match headers.get(AUTHORIZATION) {
            Some(value) => Self::of_authorization(value.as_bytes()),
            None => holds_cookie(headers).then_some(Self::Cookie),
        }
    }

    /// The proof in a value of `Authorization`.
    #[must_use]
    pub fn of_authorization(value: &[u8]) -> Option<Self> {
        let mut words = value.trim_ascii().split(|byte| *byte == b' ');
        let scheme = words.next().unwrap_or_default();
        if scheme.eq_ignore_ascii_case(b"HCP") {
            Some(Self::Hcp)
        } else if scheme.eq_ignore_ascii_case(b"AD") {
            Some(Self::Directory)
        } else {
            binds_connection(scheme).then_some(Self::Negotiate)
        }
    }

    /// The label of metrics.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Hcp => "hcp",
            Self::Directory => "ad",
            Self::Negotiate => "negotiate",
            Self::Cookie => "cookie",
        }
    }
}

fn holds_cookie(headers: &HeaderMap) -> bool {
    let holds = |value: &HeaderValue| {
        let pairs = value.to_str().unwrap_or_default().split(';');
        let mut names = pairs.filter_map(|pair| pair.split('=').next());
        names.any(|name| COOKIES.contains(&name.trim()))
    };
    headers.get_all(COOKIE).iter().any(holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(headers: &[(&'static str, &str)]) -> Option<NativeProof> {
        let pairs = headers.iter();
        let pairs = pairs.map(|(name, value)| (http::HeaderName::from_static(name), value));
        let headers = pairs.map(|(name, value)| (name, HeaderValue::from_str(value).unwrap()));
        NativeProof::of(&headers.collect())
    }

    #[test]
    fn headers_first_then_cookies() {
        for (value, proof) in [
            ("HCP YWRh:00", Some(NativeProof::Hcp)),
            ("hcp YWRh:00", Some(NativeProof::Hcp)),
            ("AD ada@x:y", Some(NativeProof::Directory)),
            ("Negotiate YII", Some(NativeProof::Negotiate)),
            ("NTLM TlR", Some(NativeProof::Negotiate)),
            ("Basic YTpi", None),
            ("Bearer x", None),
            ("HCPX YWRh:00", None),
            ("", None),
        ] {
            let both = [("authorization", value), ("cookie", "hcp-ns-auth=x")];
            assert_eq!(of(&both), proof, "{value}");
        }
        for (value, proof) in [
            ("a=b; hcp-ns-auth=YWRh:00", Some(NativeProof::Cookie)),
            ("hcp-api-auth=YWRh:00", Some(NativeProof::Cookie)),
            ("HCAP-Login=x", Some(NativeProof::Cookie)),
            ("a=hcp-ns-auth", None),
        ] {
            assert_eq!(of(&[("cookie", value)]), proof, "{value}");
        }
        assert_eq!(of(&[]), None);
    }
}
