//! A URL that names a service and nothing more.

use std::net::{IpAddr, SocketAddr};

use http::Uri;
use http::uri::Scheme;

/// Scheme, host and port of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// In lower case; an IPv6 address keeps its brackets.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: bool,
}

/// Why a text names no service. Holds nothing of the text, which may carry a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum InvalidEndpoint {
    #[error("expected a URL such as \"https://s3.example.com\" or \"http://10.0.0.5:9000\"")]
    Form,
    #[error("expected a URL without user and password: the keys have settings of their own")]
    User,
    #[error("expected a URL without path and query: buckets are added by Portico")]
    Path,
}

/// Reads a URL.
pub(super) fn parse(text: &str) -> Result<Endpoint, InvalidEndpoint> {
    let uri: Uri = text.parse().map_err(|_| InvalidEndpoint::Form)?;
    let authority = uri.authority().ok_or(InvalidEndpoint::Form)?;
    let tls = match uri.scheme() {
        Some(scheme) if *scheme == Scheme::HTTPS => true,
        Some(scheme) if *scheme == Scheme::HTTP => false,
        _ => return Err(InvalidEndpoint::Form),
    };
    if authority.as_str().contains('@') {
        return Err(InvalidEndpoint::User);
    }
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
        return Err(InvalidEndpoint::Path);
    }
    let port = match authority.port() {
        Some(port) => Some(port.as_u16()).filter(|port| *port != 0),
        // `host:` and `host:99999` parse, without a port.
        None if authority.as_str() != authority.host() => None,
        None if tls => Some(443),
        None => Some(80),
    };
    Ok(Endpoint {
        host: authority.host().to_ascii_lowercase(),
        port: port.ok_or(InvalidEndpoint::Form)?,
        tls,
    })
}

impl Endpoint {
    /// The address, if the host is one and no name.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let ip: IpAddr = host.parse().ok()?;
        Some(SocketAddr::new(ip, self.port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_gives_scheme_host_and_port() {
        for (text, host, port, tls) in [
            ("https://S3.example.com", "s3.example.com", 443, true),
            ("http://minio:9000/", "minio", 9000, false),
            ("http://10.0.0.5", "10.0.0.5", 80, false),
            ("https://[::1]:8443", "[::1]", 8443, true),
        ] {
            let endpoint = parse(text).unwrap();
            assert_eq!(
                (endpoint.host.as_str(), endpoint.port, endpoint.tls),
                (host, port, tls)
            );
        }
        let v6 = parse("https://[::1]:8443").unwrap();
        assert_eq!(v6.address(), "[::1]:8443".parse().ok());
        assert_eq!(parse("http://minio").unwrap().address(), None);
    }

    #[test]
    fn anything_more_than_a_service_is_refused() {
        for (text, reason) in [
            ("s3.example.com", InvalidEndpoint::Form),
            ("ftp://s3.example.com", InvalidEndpoint::Form),
            ("https://", InvalidEndpoint::Form),
            ("https://host:0", InvalidEndpoint::Form),
            ("https://host:99999", InvalidEndpoint::Form),
            ("https://host:", InvalidEndpoint::Form),
            ("https://me:hush@host", InvalidEndpoint::User),
            ("https://host/bucket", InvalidEndpoint::Path),
            ("https://host?x=1", InvalidEndpoint::Path),
        ] {
            assert_eq!(parse(text), Err(reason), "{text}");
        }
    }
}
