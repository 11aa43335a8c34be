//! One request and its response, with what is known of it so far.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Extensions, HeaderMap, Method, StatusCode, request};
use percent_encoding::percent_decode;
use tracing::Span;

use crate::principal::Principal;
use crate::route::{Listener, Route};
use crate::tenant::Tenant;

/// The head of a request as the client sent it, borrowed from nobody.
#[derive(Clone)]
pub struct Head {
    /// The parsed head: method, URI, version, headers.
    pub parts: request::Parts,
    /// The path and query exactly as on the request line, which signatures cover.
    pub target: Vec<u8>,
    /// The authority the client asked for, port included: `Host`, or `:authority` in HTTP/2.
    pub authority: String,
}

impl Head {
    /// The path as sent, without the query.
    #[must_use]
    pub fn raw_path(&self) -> &[u8] {
        split(&self.target).0
    }

    /// The query as sent, without the question mark.
    #[must_use]
    pub fn raw_query(&self) -> Option<&[u8]> {
        split(&self.target).1
    }

    /// The names in the query, percent-decoded and in lower case: what a search for a parameter
    /// that must not be there has to see.
    pub fn parameter_names(&self) -> impl Iterator<Item = String> {
        let query = self.raw_query().unwrap_or_default();
        let pairs = query.split(|byte| *byte == b'&');
        let names = pairs.filter_map(|pair| pair.split(|byte| *byte == b'=').next());
        names.map(|name| {
            let name = percent_decode(name).decode_utf8_lossy();
            name.to_ascii_lowercase()
        })
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.parts.method
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// One header as text; `None` also when it is not visible ASCII.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name)?.to_str().ok()
    }

    /// Whether a body comes with it, as far as its framing tells (RFC 9112 section 6.3).
    #[must_use]
    pub fn has_body(&self) -> bool {
        let length = self.headers().get(CONTENT_LENGTH);
        length.is_some_and(|length| length != "0") || self.headers().contains_key(TRANSFER_ENCODING)
    }
}

/// Path and query of a target, without the question mark between them.
pub(crate) fn split(target: &[u8]) -> (&[u8], Option<&[u8]>) {
    match target.iter().position(|&b| b == b'?') {
        Some(mark) => (&target[..mark], Some(&target[mark + 1..])),
        None => (target, None),
    }
}

/// Headers and query hold proofs: neither is shown.
impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = &self.parts.method;
        f.debug_struct("Head")
            .field("method", method)
            .finish_non_exhaustive()
    }
}

/// Where a request came from and when.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// The listener.
    pub listener: Listener,
    /// The client's address: the socket's other side, or whom a trusted proxy there names. Port 0
    /// where the proxy tells none.
    pub client: Option<SocketAddr>,
    /// Whether the client's connection is encrypted, to us or to a trusted proxy that says so.
    pub tls: bool,
    /// When the head had been read.
    pub at: Instant,
}

/// What has been sent back so far; filled in as it happens, read by observers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outcome {
    /// The status, once a head was sent.
    pub status: Option<StatusCode>,
    /// Bytes of body read from the client.
    pub bytes_in: u64,
    /// Bytes of body sent to the client.
    pub bytes_out: u64,
    /// From arrival to the head of the response.
    pub to_head: Option<Duration>,
    /// Whether the response came from the upstream.
    pub forwarded: bool,
    /// What the store itself said to this very request, signed with the principal's credential;
    /// `None` when it was not asked.
    pub store_status: Option<StatusCode>,
    /// Whether the exchange ended before the response was whole.
    pub aborted: bool,
}

/// An extension of exchanges that nobody claimed and that went on untouched, with the kind of proof
/// they carried for the store: a metric label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassedOn(pub &'static str);

/// An extension of exchanges that a route of REST has answered: the route's path as axum writes it.
#[derive(Debug, Clone)]
pub struct Matched(pub Arc<str>);

/// An extension of exchanges whose proof the store has called wrong, where the answer to the client
/// does not repeat its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProofRefused;

/// One request and its response.
pub struct Exchange {
    /// 32 hex digits, or what the client sent as `X-Request-ID` if that is safe to repeat.
    pub id: String,
    /// Where it came from and when.
    pub arrival: Arrival,
    /// The head of the request.
    pub head: Head,
    /// What it is for.
    pub route: Route,
    /// Who asks; `None` until the authenticate phase has found out.
    pub principal: Option<Principal>,
    /// What one phase leaves for a later one of the same plugin.
    pub extensions: Extensions,
    /// What was sent back.
    pub outcome: Outcome,
    /// The span of the whole; disabled unless somebody follows ([`trace`](crate::trace)).
    pub span: Span,
}

impl Exchange {
    /// The tenant that a request goes to: the host's, else the principal's.
    #[must_use]
    pub fn tenant(&self) -> Option<&Tenant> {
        let own = || self.principal.as_ref()?.tenant.as_ref();
        self.route.tenant.as_ref().or_else(own)
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("id", &self.id)
            .field("head", &self.head)
            .field("operation", &self.route.operation())
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}
