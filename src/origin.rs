//! Who the client is: the other side of the connection, or whom a trusted proxy there speaks for.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;
use pingora::http::RequestHeader;
use serde::{Deserialize, Serialize};

/// What proxies write about the clients before them.
static FORWARDED: [HeaderName; 6] = [
    HeaderName::from_static("forwarded"),
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-port"),
    HeaderName::from_static("x-real-ip"),
];

/// The header in which the trusted proxies name their client. Only one is believed: a proxy
/// that writes one of them passes on whatever its client wrote into the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedBy {
    /// `X-Forwarded-For` and `X-Forwarded-Proto`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// Networks of proxies that are believed. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies {
    networks: Arc<[IpNet]>,
    by: ForwardedBy,
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The client; port 0 where only its address is known.
    pub client: Option<SocketAddr>,
    /// Whether the client's own connection is encrypted.
    pub tls: bool,
}

impl TrustedProxies {
    /// Believes proxies in these networks.
    #[must_use]
    pub fn new(networks: &[IpNet], by: ForwardedBy) -> Self {
        Self {
            networks: networks.into(),
            by,
        }
    }

    /// Whether an address is a trusted proxy's.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks
            .iter()
            .any(|network| network.contains(&address))
    }

    /// Finds the client behind a connection: the last address in the header that is no trusted
    /// proxy's. What stands before it was written by the client and means nothing.
    #[must_use]
    pub fn origin(&self, peer: Option<SocketAddr>, tls: bool, headers: &HeaderMap) -> Origin {
        let direct = Origin { client: peer, tls };
        if !peer.is_some_and(|peer| self.contains(peer.ip())) {
            return direct;
        }
        match self.by {
            ForwardedBy::XForwardedFor => {
                let hops = values(headers, "x-forwarded-for").map(|hop| Hop {
                    client: node(hop),
                    tls: None,
                });
                let proto = values(headers, "x-forwarded-proto").next();
                let tls = proto.map_or(tls, is_https);
                self.walk(Origin { tls, ..direct }, hops)
            }
            ForwardedBy::Forwarded => self.walk(direct, values(headers, "forwarded").map(hop)),
        }
    }

    /// From the nearest hop outwards.
    fn walk(&self, mut origin: Origin, hops: impl Iterator<Item = Hop>) -> Origin {
        for hop in hops {
            // A proxy that hides its client is as far as can be seen.
            let Some(client) = hop.client else {
                break;
            };
            origin.client = Some(client);
            origin.tls = hop.tls.unwrap_or(origin.tls);
            if !self.contains(client.ip()) {
                break;
            }
        }
        origin
    }
}

/// Removes the headers that are for [`TrustedProxies::origin`] alone: nobody else is to believe them.
pub fn forget_forwarded(request: &mut RequestHeader) {
    // Most requests have none, and each removal is a search.
    if request.headers.keys().any(|name| FORWARDED.contains(name)) {
        for name in &FORWARDED {
            request.remove_header(name);
        }
    }
}

struct Hop {
    client: Option<SocketAddr>,
    tls: Option<bool>,
}

/// The elements of a list in all lines of a header, the last one first.
fn values<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    let lines: Vec<_> = headers.get_all(name).iter().collect();
    let elements = |line: &'a http::HeaderValue| {
        // What is no text hides everything before it.
        line.to_str().unwrap_or_default().rsplit(',')
    };
    lines.into_iter().rev().flat_map(elements).map(str::trim)
}

/// One element of `Forwarded`: `for=192.0.2.60;proto=http;by=203.0.113.43`.
fn hop(element: &str) -> Hop {
    let pairs = || element.split(';').filter_map(|pair| pair.split_once('='));
    let value = |name: &str| {
        let mut found = pairs().filter(|(key, _)| key.trim().eq_ignore_ascii_case(name));
        found
            .next()
            .map(|(_, value)| value.trim().trim_matches('"'))
    };
    Hop {
        client: value("for").and_then(node),
        tls: value("proto").map(is_https),
    }
}

fn is_https(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("https")
}

/// An address with or without a port; IPv6 in brackets, or bare without a port.
fn node(text: &str) -> Option<SocketAddr> {
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Some((ip.to_canonical(), 0).into());
    }
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => text.split_once(':')?,
    };
    let port = port.strip_prefix(':').unwrap_or(port);
    // Proxies may hide the port (RFC 7239 section 6.3).
    let ip: IpAddr = host.parse().ok()?;
    Some((ip.to_canonical(), port.parse().unwrap_or(0)).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(
        by: ForwardedBy,
        peer: &str,
        lines: &[(&'static str, &'static str)],
    ) -> (String, bool) {
        let networks = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        let peer = Some(peer.parse().unwrap());
        let origin = TrustedProxies::new(&networks, by).origin(peer, false, &headers);
        (origin.client.unwrap().to_string(), origin.tls)
    }

    #[test]
    fn the_last_address_that_is_not_trusted_is_the_client() {
        const NAME: &str = "x-forwarded-for";
        let by = ForwardedBy::XForwardedFor;
        for (peer, lines, client) in [
            ("192.0.2.1:5", &[(NAME, "198.51.100.1")][..], "192.0.2.1:5"),
            ("10.0.0.1:5", &[], "10.0.0.1:5"),
            ("10.0.0.1:5", &[(NAME, "198.51.100.1")], "198.51.100.1:0"),
            (
                "[::ffff:10.0.0.1]:5",
                &[(NAME, "198.51.100.1")],
                "198.51.100.1:0",
            ),
            (
                "10.0.0.1:5",
                &[(NAME, "1.1.1.1, 198.51.100.1, 10.9.9.9")],
                "198.51.100.1:0",
            ),
            (
                "10.0.0.1:5",
                &[(NAME, "1.1.1.1"), (NAME, "198.51.100.1,10.9.9.9")],
                "198.51.100.1:0",
            ),
            ("10.0.0.1:5", &[(NAME, "10.0.0.3, 10.0.0.2")], "10.0.0.3:0"),
            (
                "10.0.0.1:5",
                &[(NAME, "1.1.1.1, unknown, 10.0.0.2")],
                "10.0.0.2:0",
            ),
            ("10.0.0.1:5", &[(NAME, "1.1.1.1, ")], "10.0.0.1:5"),
            ("[fd00::1]:5", &[(NAME, "2001:db8::7")], "[2001:db8::7]:0"),
            (
                "10.0.0.1:5",
                &[(NAME, "[2001:db8::7]:99")],
                "[2001:db8::7]:99",
            ),
            (
                "10.0.0.1:5",
                &[(NAME, "198.51.100.1:99")],
                "198.51.100.1:99",
            ),
            (
                "10.0.0.1:5",
                &[("forwarded", "for=198.51.100.1")],
                "10.0.0.1:5",
            ),
        ] {
            assert_eq!(
                origin(by, peer, lines),
                (client.to_owned(), false),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn the_scheme_is_the_nearest_proxys_word() {
        let by = ForwardedBy::XForwardedFor;
        let lines = [
            ("x-forwarded-for", "198.51.100.1"),
            ("x-forwarded-proto", "http, HTTPS"),
        ];
        assert_eq!(
            origin(by, "10.0.0.1:5", &lines),
            ("198.51.100.1:0".to_owned(), true)
        );
        assert_eq!(
            origin(by, "192.0.2.1:5", &lines),
            ("192.0.2.1:5".to_owned(), false)
        );
    }

    #[test]
    fn the_standard_header_is_read_when_it_is_the_one() {
        let by = ForwardedBy::Forwarded;
        for (line, client, tls) in [
            ("for=198.51.100.1;proto=https", "198.51.100.1:0", true),
            (
                "For=\"[2001:db8::7]:99\" ; Proto=http",
                "[2001:db8::7]:99",
                false,
            ),
            (
                "for=1.1.1.1;proto=https, for=198.51.100.1;proto=http, for=10.0.0.2;proto=https",
                "198.51.100.1:0",
                false,
            ),
            (
                "for=1.1.1.1, for=_hidden, for=10.0.0.2",
                "10.0.0.2:0",
                false,
            ),
            ("proto=https", "10.0.0.1:5", false),
        ] {
            let found = origin(
                by,
                "10.0.0.1:5",
                &[("forwarded", line), ("x-forwarded-for", "6.6.6.6")],
            );
            assert_eq!(found, (client.to_owned(), tls), "{line}");
        }
    }
}
