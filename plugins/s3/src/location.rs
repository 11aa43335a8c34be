//! Addresses of the store in what it answers become Portico's.

use http::header::{HeaderMap, HeaderValue, LOCATION};
use portico_sdk::{Exchange, ResponseFilter};

/// Scheme and authority of the store and of Portico, as one exchange sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// The store's authority, which may stand in its answers.
    pub upstream: String,
    /// `scheme://authority` under which the client reached Portico.
    pub public: String,
}

impl Addresses {
    /// The addresses of an exchange that goes to this authority.
    #[must_use]
    pub fn of(exchange: &Exchange, upstream: String) -> Self {
        let scheme = if exchange.arrival.tls {
            "https"
        } else {
            "http"
        };
        Self {
            upstream,
            public: format!("{scheme}://{}", exchange.head.authority),
        }
    }

    /// The text with the store's address replaced, if it begins with that.
    #[must_use]
    pub fn rewrite(&self, location: &str) -> Option<String> {
        let (_, rest) = location.split_once("://")?;
        let path = rest.strip_prefix(self.upstream.as_str())?;
        let whole = path.is_empty() || path.starts_with(['/', '?', '#']);
        whole.then(|| format!("{}{path}", self.public))
    }
}

/// Rewrites the `Location` header; the S3 door leaves the [`Addresses`] in the exchange.
#[derive(Debug)]
pub struct LocationHeader;

impl ResponseFilter for LocationHeader {
    fn head(&self, exchange: &Exchange, headers: &mut HeaderMap) {
        let Some(addresses) = exchange.extensions.get::<Addresses>() else {
            return;
        };
        let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let rewritten = location.and_then(|location| addresses.rewrite(location));
        if let Some(value) = rewritten.and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert(LOCATION, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_stores_own_address_is_replaced() {
        let addresses = Addresses {
            upstream: "t.hcp.test".to_owned(),
            public: "http://door:9000".to_owned(),
        };
        let rewrite = |text| addresses.rewrite(text);
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
