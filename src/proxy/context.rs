//! What the engine carries from hook to hook for one exchange.

use http::header::WWW_AUTHENTICATE;
use pingora::http::ResponseHeader;
use pingora::{Error as EngineError, ErrorType};
use portico_sdk::exchange::Exchange;
use portico_sdk::forward::{BodyTransform, Connection};
use portico_sdk::trace::Call;
use portico_sdk::{Error, Forward};

use super::ClientLimits;
use super::limits::Deadline;
use crate::bridge::ClientGone;
use crate::server::Flight;
use crate::upstream::{self, Attempts, Bond};

/// The state of one exchange.
#[derive(Default)]
pub struct Context {
    /// The exchange; `None` until the request's head has been read.
    pub exchange: Option<Exchange>,
    /// Where it is sent on to, if it is.
    pub forward: Option<Box<Forward>>,
    /// The connections that were tried so far.
    pub attempts: Attempts,
    /// What a trace tells of the last of them.
    pub call: Call,
    /// What ties the client's connection to connections of its own; it lives as long as that.
    pub bond: Option<Bond>,
    /// How long the store has, once there is a connection to it.
    pub deadline: Option<upstream::Deadline>,
    /// The request body's transform of this attempt.
    pub request_body: Option<Box<dyn BodyTransform>>,
    /// The response body's transform of this attempt.
    pub response_body: Option<Box<dyn BodyTransform>>,
    /// Counts the exchange until the engine is done with it.
    pub flight: Option<Flight>,
    /// How much the client may send.
    pub limits: ClientLimits,
    /// When the whole exchange must be over.
    pub(super) end: Deadline,
    /// The house's own error, while the engine carries its stand-in.
    pub failure: Option<Error>,
}

impl Context {
    /// The order to forward.
    ///
    /// # Errors
    /// There is none: the engine called a hook of the forwarding path out of turn.
    pub fn forward(&self) -> pingora::Result<&Forward> {
        self.forward
            .as_deref()
            .ok_or_else(|| EngineError::explain(ErrorType::InternalError, "nothing to forward"))
    }

    /// Whose connection the request goes over; `None`: one of the pool.
    ///
    /// # Errors
    /// As [`Context::forward`].
    pub fn own_connection(&mut self) -> pingora::Result<Option<Bond>> {
        match self.forward()?.connection {
            Connection::Shared => Ok(None),
            Connection::AsBound => Ok(self.bond),
            Connection::Own => Ok(Some(*self.bond.get_or_insert_with(Bond::fresh))),
        }
    }

    /// Binds the client's connection when the store asks for a proof that holds for a connection.
    pub fn bind_if_asked(&mut self, response: &ResponseHeader) {
        let unclaimed = |forward: &Forward| forward.connection != Connection::Shared;
        let asks = |value: &http::HeaderValue| {
            // One header may hold several challenges (RFC 9110 section 11.6.1).
            let mut challenges = value.as_bytes().split(|byte| *byte == b',');
            challenges
                .any(|challenge| portico_sdk::forward::binds_connection(challenge.trim_ascii()))
        };
        let mut challenges = response.headers.get_all(WWW_AUTHENTICATE).iter();
        if self.forward.as_deref().is_some_and(unclaimed) && challenges.any(asks) {
            self.bond.get_or_insert_with(Bond::fresh);
        }
    }

    /// Keeps an error of the house and gives the engine a stand-in, which is never retried.
    pub fn fail(&mut self, error: Error) -> Box<EngineError> {
        self.failure = Some(error);
        EngineError::explain(ErrorType::Custom("portico"), "refused by Portico")
    }
}

/// The engine's word for a client that left.
#[expect(
    clippy::unnecessary_box_returns,
    reason = "the engine's errors are always boxed"
)]
pub(super) fn gone(gone: ClientGone) -> Box<EngineError> {
    gone.into_fault()
}
