//! What of the store's answers must not leave the house as it is: its addresses and its sessions.

use std::sync::Arc;

use http::header::{HeaderMap, HeaderValue, LOCATION, SET_COOKIE};
use portico_sdk::route::{S3Target, Style};
use portico_sdk::{Exchange, ResponseFilter};

/// The authority of the store that an exchange goes to, which may stand in its answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreAddress(pub Arc<str>);

impl StoreAddress {
    /// The text with the store's address replaced by Portico's, if it begins with that.
    #[must_use]
    fn replaced(&self, location: &str, public: impl FnOnce() -> String) -> Option<String> {
        let (_, rest) = location.split_once("://")?;
        let path = rest.strip_prefix(&*self.0)?;
        let whole = path.is_empty() || path.starts_with(['/', '?', '#']);
        whole.then(|| format!("{}{path}", public()))
    }
}

/// `scheme://authority` under which the client of an exchange reached Portico.
///
/// The store is asked in path style, so a bucket in front of the host is left out: the store's
/// path then follows as it stands.
#[must_use]
pub fn public_address(exchange: &Exchange) -> String {
    let scheme = if exchange.arrival.tls {
        "https"
    } else {
        "http"
    };
    let authority = exchange.head.authority.as_str();
    let host = exchange
        .route
        .s3()
        .and_then(|target| below_bucket(target, authority));
    format!("{scheme}://{}", host.unwrap_or(authority))
}

/// The authority without the bucket in front of it, in virtual-host style.
fn below_bucket<'a>(target: &S3Target, authority: &'a str) -> Option<&'a str> {
    if target.style == Style::Path {
        return None;
    }
    let bucket = target.bucket.as_deref()?;
    let (label, rest) = authority.split_at_checked(bucket.len())?;
    label
        .eq_ignore_ascii_case(bucket)
        .then(|| rest.strip_prefix('.'))
        .flatten()
}

/// Rewrites the `Location` header, and takes `Set-Cookie` away: HCP's cookies are credentials,
/// which the holder of a link must not get.
///
/// The S3 door leaves the [`StoreAddress`] in the exchange.
#[derive(Debug)]
pub struct Discretion;

impl ResponseFilter for Discretion {
    fn wants_head(&self, _exchange: &Exchange, headers: &HeaderMap) -> bool {
        headers.contains_key(SET_COOKIE) || headers.contains_key(LOCATION)
    }

    fn head(&self, exchange: &Exchange, headers: &mut HeaderMap) {
        // What nobody claimed is between the client and the store, session included.
        if exchange.principal.is_some() && exchange.route.s3().is_some() {
            headers.remove(SET_COOKIE);
        }
        let Some(store) = exchange.extensions.get::<StoreAddress>() else {
            return;
        };
        let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let public = || public_address(exchange);
        let rewritten = location.and_then(|location| store.replaced(location, public));
        if let Some(value) = rewritten.and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert(LOCATION, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_in_the_host_moves_into_the_path() {
        let target = |style| S3Target {
            operation: portico_sdk::s3::Operation::CompleteMultipartUpload,
            bucket: Some("data".into()),
            upstream_path: "/data/k".to_owned(),
            style,
        };
        let host = "Data.t.example:9000";
        assert_eq!(
            below_bucket(&target(Style::VirtualHost), host),
            Some("t.example:9000")
        );
        assert_eq!(below_bucket(&target(Style::Path), host), None);
    }

    #[test]
    fn only_the_stores_own_address_is_replaced() {
        let store = StoreAddress("t.hcp.test".into());
        let rewrite = |text| store.replaced(text, || "http://door:9000".to_owned());
        assert_eq!(
            rewrite("https://t.hcp.test/b/k?x"),
            Some("http://door:9000/b/k?x".to_owned())
        );
        assert_eq!(
            rewrite("https://t.hcp.test"),
            Some("http://door:9000".to_owned())
        );
        assert_eq!(rewrite("https://t.hcp.test.evil/b"), None);
        assert_eq!(rewrite("/b/k"), None);
    }
}
