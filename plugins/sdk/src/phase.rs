//! The five traits by which a plugin takes part in an exchange, one for each phase it may join.

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;

use crate::body::Body;
use crate::error::Error;
use crate::exchange::Exchange;
use crate::forward::Forward;
use crate::principal::Principal;
use crate::reply::Reply;

/// What an authenticator found.
#[derive(Debug)]
pub enum Proof {
    /// The request holds no proof of the kind this authenticator reads: ask the next one.
    Absent,
    /// The proof is there and good.
    Given(Principal),
}

/// Phase 3: who is it?
#[async_trait]
pub trait Authenticate: Send + Sync {
    /// Reads the proof that the request holds, if it is of this authenticator's kind.
    ///
    /// # Errors
    /// A proof of this kind that is not good: no other authenticator is asked.
    async fn authenticate(&self, exchange: &mut Exchange) -> Result<Proof, Error>;
}

/// Phase 4: may they?
#[async_trait]
pub trait Authorize: Send + Sync {
    /// Lets the exchange pass, or not. Every authorizer must agree.
    ///
    /// # Errors
    /// The refusal.
    async fn authorize(&self, exchange: &Exchange) -> Result<(), Error>;
}

/// What a handler decided.
#[derive(Debug)]
pub enum Handled {
    /// Not mine; the body has not been touched and goes to the next handler.
    Next(Body),
    /// Answered here.
    Reply(Reply),
    /// To be sent on; the body has not been touched.
    Forward(Box<Forward>),
}

/// Phase 5: who answers?
#[async_trait]
pub trait Handle: Send + Sync {
    /// Answers, forwards, or passes.
    ///
    /// The body is read from the client when it is first polled and not before.
    ///
    /// # Errors
    /// The answer is then the error, in the route's dialect.
    async fn handle(&self, exchange: &mut Exchange, body: Body) -> Result<Handled, Error>;
}

/// Phase 6: what leaves the house?
///
/// Filters see every response, forwarded or not, and cannot fail.
#[async_trait]
pub trait ResponseFilter: Send + Sync {
    /// Whether [`settle`](Self::settle) has something to do: asked first, because waiting costs.
    fn wants_settling(&self, _exchange: &Exchange) -> bool {
        false
    }

    /// Does what must be done before the client may see the head of this answer. The client waits
    /// for it, so it has a bound of its own.
    async fn settle(&self, _exchange: &Exchange) {}

    /// Whether [`head`](Self::head) would change anything: asked first, because headers have to be
    /// copied to be changed.
    fn wants_head(&self, _exchange: &Exchange, _headers: &HeaderMap) -> bool {
        true
    }

    /// Changes the headers of a response before they are sent.
    fn head(&self, exchange: &Exchange, headers: &mut HeaderMap);

    /// Sees a piece of the body go by.
    fn body(&self, _exchange: &Exchange, _piece: &Bytes) {}
}

/// Phase 7: what happened?
pub trait Observe: Send + Sync {
    /// Sees an exchange that has ended, and the error it ended with if there was one.
    fn observe(&self, exchange: &Exchange, error: Option<&Error>);
}
