//! What an answer says of the cache: `Age` (RFC 9111 section 5.1) and `Cache-Status` (RFC 9211).

use std::fmt::Write as _;

use http::header::{AGE, HeaderMap, HeaderName, HeaderValue};

/// The header by which caches tell what they did.
pub(crate) const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// Why the store was asked (RFC 9211 section 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// This kind of answer is not kept, or not at the moment.
    Bypass,
    /// The client wanted a fresh one.
    Request,
    /// There was none.
    Absent,
    /// What there was has been made old by a change.
    Changed,
    /// What there may be, others were told, and the reader has not been let in yet.
    Stranger,
    /// What there was has been kept for its time.
    Expired,
}

impl Why {
    fn word(self) -> &'static str {
        match self {
            Self::Bypass => "bypass",
            Self::Request => "request",
            Self::Absent => "uri-miss",
            Self::Changed | Self::Stranger => "miss",
            Self::Expired => "stale",
        }
    }
}

/// What became of a fetched answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It went on, and no more.
    Passed,
    /// It is kept as well.
    Stored,
    /// It was fetched for another reader.
    Collapsed,
    /// It was an error, in whose stead an older one is given.
    Failed,
}

/// Says that an answer was kept for so many seconds and is good for so many more, or, below zero, is
/// given though it is not.
pub(crate) fn kept(headers: &mut HeaderMap, age: u64, left: i64) {
    let mut words = String::with_capacity(64);
    // Writing to a string cannot fail.
    let _ = write!(words, "portico; hit; ttl={left}");
    if left < 0 {
        words.push_str("; detail=stale-while-revalidate");
    }
    headers.insert(AGE, age.into());
    tell(headers, &words);
}

/// Says why an answer was fetched, and what became of it.
pub(crate) fn fetched(headers: &mut HeaderMap, why: Why, fate: Fate) {
    let mut words = String::with_capacity(64);
    words.push_str("portico; fwd=");
    words.push_str(why.word());
    words.push_str(match fate {
        Fate::Passed => "",
        Fate::Stored => "; stored",
        Fate::Collapsed => "; collapsed",
        Fate::Failed => "; detail=stale-if-error",
    });
    tell(headers, &words);
}

fn tell(headers: &mut HeaderMap, words: &str) {
    if let Ok(value) = HeaderValue::from_str(words) {
        headers.insert(CACHE_STATUS, value);
    }
}
