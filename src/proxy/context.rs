//! What the engine carries from hook to hook for one exchange.

use pingora::{Error as EngineError, ErrorType};
use portico_sdk::exchange::Exchange;
use portico_sdk::forward::BodyTransform;
use portico_sdk::{Error, Forward};

use crate::bridge::ClientGone;
use crate::server::Flight;
use crate::upstream::Attempts;

/// The state of one exchange.
#[derive(Default)]
pub struct Context {
    /// The exchange; `None` until the request's head has been read.
    pub exchange: Option<Exchange>,
    /// Where it is sent on to, if it is.
    pub forward: Option<Box<Forward>>,
    /// The connections that were tried so far.
    pub attempts: Attempts,
    /// The request body's transform of this attempt.
    pub request_body: Option<Box<dyn BodyTransform>>,
    /// The response body's transform of this attempt.
    pub response_body: Option<Box<dyn BodyTransform>>,
    /// Counts the exchange until the engine is done with it.
    pub flight: Option<Flight>,
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
