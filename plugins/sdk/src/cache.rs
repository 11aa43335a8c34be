//! What the plugins agree on about answers of the store that are kept: what a read asks, what a
//! write changes, and who keeps them.
//!
//! A handler words a read as a [`Question`] and gives what it would do to have it answered; a write
//! is told as a [`Change`], either with [`ResponseCache::invalidate`] by whoever sees its answer, or
//! by putting the `Change` into the extensions of an exchange that is forwarded: then it is told
//! before the head of the answer leaves.

mod change;
mod conditional;
mod demand;
mod derived;
mod doubt;
mod identity;
mod management;
mod plain;
mod question;
mod s3;
mod said;
mod tag;
#[cfg(test)]
mod tests;

use std::future::{Future, ready};
use std::pin::Pin;

use async_trait::async_trait;
use http::{Response, StatusCode};

use crate::body::Body;
use crate::error::{Error, Reason};

pub use change::{Change, Outcome};
pub use conditional::{CONDITIONS, conditional};
pub use demand::Demand;
pub use derived::Derived;
pub use doubt::Doubt;
pub use identity::Identity;
pub use management::{mapi_change, mapi_question, query_question};
pub use question::{Lifetime, Question, Shape};
pub use s3::{s3_change, s3_question};
pub use said::said_by_caches;
pub use tag::{Home, Tag, Topic};

/// A request to the store that can still be made, by whoever comes first.
pub type Fetching = Pin<Box<dyn Future<Output = Result<Response<Body>, Error>> + Send>>;

/// Makes the request to the store; called at most once, and only when nothing good is kept. What it
/// gives is driven to its end even when the reader who asked has left.
pub type Fetch<'a> = &'a mut (dyn FnMut() -> Fetching + Send);

/// Where an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Kept from before: the store was not asked.
    Kept,
    /// Fetched for another reader who asked the same at the same time.
    Shared,
    /// Fetched for this very reader, with the reader's own credential.
    Store,
}

/// An answer of the store.
#[derive(Debug)]
pub struct Found {
    /// The answer, with `Age` and `Cache-Status` (RFC 9111 section 5.1, RFC 9211).
    pub response: Response<Body>,
    /// Where it came from.
    pub origin: Origin,
    /// The place for what is made of it, where it is kept as it is.
    pub derived: Option<Derived>,
}

/// Keeps answers of the store, each for the identity that it was given to.
///
/// A fault of the cache costs a miss and never an error.
#[async_trait]
pub trait ResponseCache: Send + Sync {
    /// Whose answers these are, from the parts that make somebody who they are to the store: see
    /// [`Identity`], which calls this.
    fn identify(&self, parts: &[&[u8]]) -> [u8; 32];

    /// The answer that is kept, or else what `fetch` brings, which is kept if it may be.
    ///
    /// One fetch serves everyone who asks the same while it runs, unless a change came between.
    ///
    /// # Errors
    /// Those of `fetch` alone.
    async fn get_or_fetch(&self, question: Question, fetch: Fetch<'_>) -> Result<Found, Error>;

    /// The answer that is kept, if there is one; nothing is fetched.
    async fn kept(&self, _question: Question) -> Option<Found> {
        None
    }

    /// Drops what a change has made old; nobody is given it after this has returned, on any replica
    /// that can be reached. What cannot be told now is kept, and told before this process gives
    /// any kept answer again.
    async fn invalidate(&self, change: &Change);

    /// As [`invalidate`](Self::invalidate), for where nobody can wait: this process gives nothing old
    /// from now on, the others follow as soon as they can be told.
    fn invalidate_soon(&self, change: Change);

    /// Drops all that an identity was told, if this status of the store refuses it. To be told of
    /// whatever the store says that this cache has not fetched itself.
    async fn believe(&self, identity: &Identity, status: StatusCode) {
        if refuses(status) {
            let refused = Change::default().identity(identity.clone());
            self.invalidate(&refused).await;
        }
    }
}

/// Whether the store refuses who asks, and not what is asked.
#[must_use]
pub fn refuses(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

/// The answer that is kept, or else the one that `fetch` waits for, which is not begun otherwise.
///
/// # Errors
/// Those of `fetch` alone.
pub async fn get_or_await(
    cache: &dyn ResponseCache,
    question: Question,
    fetch: impl Future<Output = Result<Response<Body>, Error>> + Send + 'static,
) -> Result<Found, Error> {
    let mut fetch = Some(fetch);
    let mut fetch = || -> Fetching {
        if let Some(fetch) = fetch.take() {
            return Box::pin(fetch);
        }
        let twice = Error::new(Reason::InternalError).because("fetched twice");
        Box::pin(ready(Err(twice)))
    };
    cache.get_or_fetch(question, &mut fetch).await
}
