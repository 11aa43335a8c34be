//! What can go wrong while a client is made or used, sorted by what the caller can do.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use hyper_util::client::legacy;
use portico_sdk::{Error, Reason};

/// The settings give no working client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The PEM text of the authorities cannot be read.
    #[error("the certificate authorities are not valid PEM")]
    Pem(#[source] rustls::pki_types::pem::Error),
    /// The PEM text holds no certificate.
    #[error("the certificate authorities hold no certificate")]
    NoAuthority,
    /// Certificates are to be checked, but the system knows no authority.
    #[error(
        "the system has no certificate authorities to check the store with; \
         give a CA file, or install the system's"
    )]
    NoSystemAuthority,
    /// TLS refused the rules.
    #[error("the TLS rules cannot be used")]
    Tls(#[from] rustls::Error),
    /// The authorities cannot verify a server.
    #[error("the certificate authorities cannot be used")]
    Verifier(#[from] rustls::client::VerifierBuilderError),
}

/// Which wait was too long; the cause of a [`Reason::GatewayTimeout`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stalled {
    /// Neither more of the request was taken, nor an answer begun.
    #[error("the store did not go on with the request in time")]
    Request,
    /// The head had come, then no more of the body.
    #[error("the store sent no more of the body for {0:?}")]
    Body(Duration),
    /// However steadily it went on, the whole took too long.
    #[error("the exchange with the store took too long")]
    Total,
}

/// The error of a wait that was too long.
pub(crate) fn stalled(stall: Stalled) -> Error {
    Error::new(Reason::GatewayTimeout).because(stall)
}

/// The name of the store leads to no address.
#[derive(Debug, thiserror::Error)]
#[error("the name is not found: {0}")]
pub(crate) struct NameGone(pub(crate) io::Error);

/// Every address of the store has a rest, of so long.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the store has failed too often and is not asked for a while")]
pub(crate) struct Resting(pub(crate) Duration);

/// The error of a request that is not sent.
pub(crate) fn resting(wait: Duration) -> Error {
    Error::new(Reason::StoreBusy)
        .retry_after(wait)
        .because(Resting(wait))
}

/// How long the store rests, if that is why there was no connection.
fn rest(error: &(dyn StdError + 'static)) -> Option<Duration> {
    let mut next = Some(error);
    while let Some(error) = next {
        let io = error.downcast_ref::<io::Error>();
        let inner = io.and_then(io::Error::get_ref);
        if let Some(Resting(wait)) = inner.and_then(|inner| inner.downcast_ref()) {
            return Some(*wait);
        }
        next = error.source();
    }
    None
}

/// The error of a request that got no response.
pub(crate) fn unanswered(error: legacy::Error) -> Error {
    if let Some(wait) = rest(&error) {
        return resting(wait);
    }
    if is_gone(&error) {
        // The same that the engine's exchanges end with.
        let words = "The name of the store is not found.";
        return Error::with_message(Reason::UpstreamFailed, words).because(error);
    }
    let reason = match (error.is_connect(), has_timed_out(&error)) {
        (true, true) => Reason::GatewayTimeout,
        (true, false) => Reason::ServiceUnavailable,
        (false, _) => Reason::UpstreamFailed,
    };
    Error::new(reason).because(error)
}

/// Whether an error of [`Client::send`](crate::Client::send) says that there never was a
/// connection: refused, no route, TLS, or a name that is not found. Waiting for one too long is
/// [`Reason::GatewayTimeout`] and not meant.
#[must_use]
pub fn is_unconnected(error: &Error) -> bool {
    error.reason() == Reason::ServiceUnavailable || is_gone(error)
}

fn has_timed_out(error: &(dyn StdError + 'static)) -> bool {
    any_io(error, |io| io.kind() == io::ErrorKind::TimedOut)
}

fn is_gone(error: &(dyn StdError + 'static)) -> bool {
    any_io(
        error,
        |io| matches!(io.get_ref(), Some(inner) if inner.is::<NameGone>()),
    )
}

fn any_io(error: &(dyn StdError + 'static), fits: impl Fn(&io::Error) -> bool) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.downcast_ref().is_some_and(&fits) {
            return true;
        }
        next = error.source();
    }
    false
}
