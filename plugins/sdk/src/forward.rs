//! The order to send an exchange on to an upstream while its bodies stream through.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};

use crate::error::Error;
use crate::upstream::Upstream;

/// How the body towards the upstream is delimited (RFC 9112 section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// As the client framed it.
    Unchanged,
    /// `Content-Length` of so many bytes, whatever the client framed.
    Length(u64),
}

/// What the `Host` header says to the upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Host {
    /// The upstream's own authority.
    #[default]
    Upstream,
    /// What the client said.
    AsSent,
}

/// Whose connection to the upstream a request goes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Connection {
    /// One of the pool, which serves everybody.
    #[default]
    Shared,
    /// As [`Connection::Own`] once the store has asked for such a proof on this client's
    /// connection, or has got one there; [`Connection::Shared`] until then.
    AsBound,
    /// One that serves this client's connection alone, this request and all that follow, because
    /// the store binds the proof to it (SPNEGO, RFC 4559 section 6).
    Own,
}

/// Whether a challenge, or the credentials that answer it, are of a scheme whose proof holds for
/// the connection and not for the request: `Negotiate` (RFC 4559) and `NTLM`.
#[must_use]
pub fn binds_connection(credentials: &[u8]) -> bool {
    let scheme = credentials.split(|byte| *byte == b' ').next();
    let scheme = scheme.unwrap_or_default();
    [&b"negotiate"[..], b"ntlm"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
}

/// What becomes of a request that is forwarded.
///
/// Header changes are applied in the order `remove`, `set`; hop-by-hop headers are gone already.
pub struct Forward {
    /// Where to.
    pub upstream: Upstream,
    /// What `Host` says.
    pub host: Host,
    /// Whose connection it goes over.
    pub connection: Connection,
    /// Path and query on the upstream's request line, percent-encoded; `None`: as the client sent
    /// them, byte for byte.
    pub target: Option<String>,
    /// Headers of the client that must not travel on.
    pub remove: Vec<HeaderName>,
    /// Headers that replace the client's of the same name.
    pub set: Vec<(HeaderName, HeaderValue)>,
    /// How the body is delimited.
    pub framing: Framing,
    /// Makes the request body's transform, fresh for every attempt, because the engine replays
    /// the client's raw bytes when an attempt on a reused connection fails.
    pub request_body: Option<TransformFactory>,
    /// Makes the response body's transform, if the response's body must change. The response
    /// then loses its `Content-Length`.
    pub response_body: Option<TransformFactory>,
}

/// Makes one transform per attempt.
pub type TransformFactory = Arc<dyn Fn() -> Box<dyn BodyTransform> + Send + Sync>;

/// Changes or checks a body while it streams.
pub trait BodyTransform: Send + Sync {
    /// Takes the next piece and gives what may be sent on now; empty means "nothing yet".
    ///
    /// `end` is true exactly once, with the last piece, which may be empty.
    ///
    /// # Errors
    /// An error cuts the connection that the result goes to: the receiver never sees a body
    /// that it could take for whole, so long as the transform has held back its last bytes.
    fn transform(&mut self, piece: Bytes, end: bool) -> Result<Bytes, Error>;
}

impl fmt::Debug for Forward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Targets may hold presigned queries and `set` holds signatures: neither is shown.
        f.debug_struct("Forward")
            .field("upstream", &self.upstream)
            .field("framing", &self.framing)
            .finish_non_exhaustive()
    }
}
