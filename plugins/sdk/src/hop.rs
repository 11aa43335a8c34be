//! Headers that belong to one connection and go no further.

use http::header::{
    CONNECTION, EXPECT, HOST, HeaderMap, HeaderName, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE,
    TRAILER, TRANSFER_ENCODING, UPGRADE,
};

/// Known as such (RFC 9110 section 7.6.1 and what older software says); `Connection` may name more.
const HOP_BY_HOP: [HeaderName; 12] = [
    CONNECTION,
    EXPECT,
    HOST,
    TRANSFER_ENCODING,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("http2-settings"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TRAILER,
    TE,
    UPGRADE,
];

/// Leaves what travels from end to end; the engine does the same with what it forwards.
pub fn end_to_end(headers: &mut HeaderMap) {
    for name in Hops::of(headers).named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// The headers of one message that belong to its connection.
#[derive(Debug)]
pub struct Hops {
    named: Vec<HeaderName>,
}

impl Hops {
    /// Those of a message with these headers.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(CONNECTION).iter();
        let words = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
        let named = words.filter_map(|word| HeaderName::from_bytes(word.trim_ascii()).ok());
        Self {
            named: named.collect(),
        }
    }

    /// Whether this is one of them.
    #[must_use]
    pub fn contains(&self, name: &HeaderName) -> bool {
        HOP_BY_HOP.contains(name) || self.named.contains(name)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn what_belongs_to_the_connection_goes_and_all_else_stays() {
        let pairs = [
            ("connection", "Keep-Alive, X-Hop,"),
            ("connection", "not a name"),
            ("keep-alive", "timeout=5"),
            ("transfer-encoding", "chunked"),
            ("x-hop", "1"),
            ("x-amz-request-id", "1"),
            ("etag", "\"1\""),
        ];
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name = HeaderName::from_static(name);
            headers.append(name, HeaderValue::from_static(value));
        }
        end_to_end(&mut headers);
        let left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(left, ["x-amz-request-id", "etag"]);
    }
}
