//! Following a request through the house and to the store: who makes traces, and what a request bears
//! of them (W3C Trace Context).
//!
//! The house's own pieces of work are plain `tracing` spans. What only the maker of traces can do
//! stands behind [`Follow`]; while nobody follows, each question here costs one look.

mod call;

use std::sync::OnceLock;

use http::{HeaderMap, HeaderName, HeaderValue};
use tracing::Span;

use crate::exchange;
use crate::route::Listener;

pub use call::Call;

/// The header that names the trace and the caller's span.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The header in which the makers of traces on the way leave words of their own.
pub const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// An extension of exchanges that belong to a trace: the names under which it is found, in
/// hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceIds {
    /// The trace.
    pub trace: String,
    /// The exchange's own span; `None` where the client's trace is known and not followed here.
    pub span: Option<String>,
}

/// What a request bears of the span that sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearing {
    /// The value of [`TRACEPARENT`].
    pub parent: HeaderValue,
    /// The value of [`TRACESTATE`].
    pub state: Option<HeaderValue>,
}

impl Bearing {
    /// Puts it into a head, in the place of what stood there.
    pub fn put(self, headers: &mut HeaderMap) {
        headers.insert(TRACEPARENT, self.parent);
        match self.state {
            Some(state) => headers.insert(TRACESTATE, state),
            None => headers.remove(TRACESTATE),
        };
    }
}

/// A request whose head is there, and of which nothing else is known yet.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Where it came in.
    pub listener: Listener,
    /// Path and query as sent.
    pub target: &'a [u8],
    /// Its headers, as the client sent them.
    pub headers: &'a HeaderMap,
}

impl Asked<'_> {
    /// The path as sent.
    #[must_use]
    pub fn raw_path(&self) -> &[u8] {
        exchange::split(self.target).0
    }
}

/// What an exchange gets from the maker of traces.
#[derive(Debug)]
pub struct Begun {
    /// The span of the whole; disabled unless it is followed.
    pub span: Span,
    /// Becomes an extension of the exchange; `None` when it belongs to no trace.
    pub ids: Option<TraceIds>,
}

impl Begun {
    /// What nobody follows and no client has named.
    #[must_use]
    pub const fn untraced() -> Self {
        Self {
            span: Span::none(),
            ids: None,
        }
    }
}

/// Makes traces. There is one in a process, as there is one log.
pub trait Follow: Send + Sync {
    /// Decides whether an exchange is followed; if so, its span begins.
    fn begin(&self, asked: &Asked<'_>) -> Begun;

    /// What names a span to others; `None` when it is not followed.
    fn name(&self, span: &Span) -> Option<Bearing>;

    /// Whether the store is told.
    fn tells_store(&self) -> bool;

    /// The span of a job in the background: the first of its own trace, linked to the span of that
    /// name, in which the job was ordered. Disabled when the job is not followed.
    fn job(&self, id: &str, kind: &'static str, ordered: Option<&HeaderValue>) -> Span;

    /// Hands over what has been collected; waits for that, but not for long.
    fn end(&self);
}

static FOLLOWER: OnceLock<Box<dyn Follow>> = OnceLock::new();

/// Has everything followed from now on; the first one stays.
pub fn follow(follower: Box<dyn Follow>) {
    // Two houses in one process are tests', and the log has one owner too.
    let _ = FOLLOWER.set(follower);
}

/// An exchange begins, before its first phase.
#[must_use]
pub fn begin(asked: &Asked<'_>) -> Begun {
    let follower = FOLLOWER.get();
    follower.map_or_else(Begun::untraced, |follower| follower.begin(asked))
}

/// What a request to the store bears that this span sends; `None`: nothing.
#[must_use]
pub fn bearing(span: &Span) -> Option<Bearing> {
    let follower = FOLLOWER.get()?;
    let told = !span.is_disabled() && follower.tells_store();
    told.then(|| follower.name(span)).flatten()
}

/// What names the present span, for whoever is linked to it later.
#[must_use]
pub fn present() -> Option<HeaderValue> {
    let span = Span::current();
    let follower = FOLLOWER.get().filter(|_| !span.is_disabled())?;
    Some(follower.name(&span)?.parent)
}

/// The span of a job; see [`Follow::job`].
#[must_use]
pub fn job(id: &str, kind: &'static str, ordered: Option<&HeaderValue>) -> Span {
    let follower = FOLLOWER.get();
    follower.map_or_else(Span::none, |follower| follower.job(id, kind, ordered))
}

/// The process ends.
pub fn end() {
    if let Some(follower) = FOLLOWER.get() {
        follower.end();
    }
}
