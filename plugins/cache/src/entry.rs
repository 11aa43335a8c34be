//! One kept answer, and whether it is still good.

mod wire;

use bytes::{Bytes, BytesMut};
use http::header::{
    AGE, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, SET_COOKIE, VARY,
};
use http::response::Parts;
use http::{Response, StatusCode};
use portico_sdk::body::{self, Body};
use portico_sdk::cache::Derived;
use portico_sdk::hop::Hops;

use crate::settings::Term;
use crate::stamp::{Seen, Stamp};
use crate::words::{CACHE_STATUS, Fate, Why, fetched, kept};

/// A whole answer of the store.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    /// When the store was asked, in milliseconds since 1970.
    pub(crate) asked: u64,
    /// What was true then.
    pub(crate) stamp: Stamp,
    /// What this process had heard by then, where it hears of changes without asking for them.
    pub(crate) near: Stamp,
    /// Whether it says that there is nothing.
    pub(crate) absent: bool,
    /// Where what is made of it has its place, if anything is.
    pub(crate) derived: Option<Derived>,
}

/// What an entry is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// To be given, after so many seconds, with so many left.
    Fresh { age: u64, left: i64 },
    /// It has been kept for its time, so many milliseconds ago.
    Expired { since: u64 },
    /// Nothing any more.
    Changed,
}

impl Entry {
    /// An answer with its whole body, asked for at `asked` under `stamp`.
    pub(crate) fn new(parts: &Parts, body: Bytes, asked: u64, stamp: Stamp) -> Self {
        let entry = Self {
            status: parts.status,
            headers: compact(&parts.headers),
            body,
            asked,
            stamp,
            near: Stamp::default(),
            absent: parts.status == StatusCode::NOT_FOUND,
            derived: None,
        };
        entry.with_place()
    }

    /// With a place for what is made of it: documents of JSON are given in other forms too.
    fn with_place(mut self) -> Self {
        let kind = self.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
        let is_json = kind.is_some_and(|kind| kind.starts_with(b"application/json"));
        // Fields that the store leaves out are told as well.
        let room = 2 * self.body.len();
        self.derived = is_json.then(|| Derived::with_room(room));
        self
    }

    /// The same, with what this process has heard.
    pub(crate) fn heard(mut self, near: Stamp) -> Self {
        self.near = near;
        self
    }

    /// Whether the answer is one that may be kept, going by itself.
    pub(crate) fn is_keepable(&self, term: &Term) -> bool {
        let good = matches!(
            self.status,
            StatusCode::OK | StatusCode::NON_AUTHORITATIVE_INFORMATION | StatusCode::NO_CONTENT
        );
        good || self.absent && term.absent > 0
    }

    /// What the store said.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// What it is good for at a moment.
    pub(crate) fn state(&self, seen: &Seen, now: u64, term: &Term) -> State {
        if !self.stamp.matches(&seen.stamp, self.absent) || seen.is_quiet(self.absent) {
            return State::Changed;
        }
        // A clock that was set back says nothing about the age.
        let Some(age) = now.checked_sub(self.asked) else {
            return State::Changed;
        };
        let term = if self.absent { term.absent } else { term.fresh };
        match term.checked_sub(age) {
            Some(left) if left > 0 => State::Fresh {
                age: age / 1000,
                left: i64::try_from(left / 1000).unwrap_or(i64::MAX),
            },
            _ => State::Expired { since: age - term },
        }
    }

    /// Whether the answer is good, and was asked for under the very generations that were seen.
    pub(crate) fn is_as_new(&self, seen: &Seen, now: u64, term: &Term) -> bool {
        // Somebody else's clock, and it was asked for while this reader waited.
        let now = now.max(self.asked);
        matches!(self.state(seen, now, term), State::Fresh { .. })
    }

    /// The answer, kept for `age` seconds; `left` as [`kept`] takes it.
    pub(crate) fn kept(&self, age: u64, left: i64) -> Response<Body> {
        let mut response = self.response();
        kept(response.headers_mut(), age, left);
        response
    }

    /// The answer, as it came from the store.
    pub(crate) fn fetched(&self, why: Why, fate: Fate) -> Response<Body> {
        let mut response = self.response();
        response.headers_mut().remove(AGE);
        fetched(response.headers_mut(), why, fate);
        response
    }

    /// The answer, kept for `age` seconds, in place of one that failed.
    pub(crate) fn failed(&self, age: u64, why: Why) -> Response<Body> {
        let mut response = self.response();
        response.headers_mut().insert(AGE, age.into());
        fetched(response.headers_mut(), why, Fate::Failed);
        response
    }

    fn response(&self) -> Response<Body> {
        let body = if self.body.is_empty() {
            body::empty()
        } else {
            body::full(self.body.clone())
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        response
    }

    /// The bytes of headers and body, and of what may be made of them.
    pub(crate) fn bytes(&self) -> usize {
        let header = |(name, value): (&HeaderName, &HeaderValue)| {
            name.as_str().len() + value.len() + size_of::<(HeaderName, HeaderValue)>()
        };
        let derived = self.derived.as_ref().map_or(0, Derived::room);
        self.body.len() + derived + self.headers.iter().map(header).sum::<usize>()
    }
}

/// Whether the answer is for this very request alone: it gives the client a session, which is nobody
/// else's, or says that it depends on more than anybody can know (RFC 9110 section 12.5.5).
pub(crate) fn is_personal(headers: &HeaderMap) -> bool {
    headers.contains_key(SET_COOKIE) || headers.get_all(VARY).iter().any(|value| value == "*")
}

/// The headers that belong to the answer itself, in memory of their own: as they came they may hold
/// on to a whole buffer of the connection. What the cache says has its place, so that a copy need
/// not grow.
fn compact(headers: &HeaderMap) -> HeaderMap {
    let hops = Hops::of(headers);
    let kept: Vec<_> = headers
        .iter()
        .filter(|(name, _)| !hops.contains(name))
        .collect();
    let bytes = kept.iter().map(|(_, value)| value.len()).sum();
    let mut values = BytesMut::with_capacity(bytes);
    let mut compact = HeaderMap::with_capacity(kept.len() + 2);
    for (name, value) in kept {
        values.extend_from_slice(value.as_bytes());
        if let Ok(mut copy) = HeaderValue::from_maybe_shared(values.split().freeze()) {
            copy.set_sensitive(value.is_sensitive());
            compact.append(name.clone(), copy);
        }
    }
    placeholders(&mut compact);
    compact
}

fn placeholders(headers: &mut HeaderMap) {
    headers.insert(AGE, HeaderValue::from_static("0"));
    headers.insert(CACHE_STATUS, HeaderValue::from_static("portico"));
}

/// The length that an answer states, where it states one.
pub(crate) fn stated_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
