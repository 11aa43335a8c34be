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
}

/// The error of a wait that was too long.
pub(crate) fn stalled(stall: Stalled) -> Error {
    Error::new(Reason::GatewayTimeout).because(stall)
}

/// The error of a request that got no response.
pub(crate) fn unanswered(error: legacy::Error) -> Error {
    let reason = match (error.is_connect(), has_timed_out(&error)) {
        (true, true) => Reason::GatewayTimeout,
        (true, false) => Reason::ServiceUnavailable,
        (false, _) => Reason::UpstreamFailed,
    };
    Error::new(reason).because(error)
}

fn has_timed_out(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let io = error.downcast_ref::<io::Error>();
        if io.is_some_and(|io| io.kind() == io::ErrorKind::TimedOut) {
            return true;
        }
        next = error.source();
    }
    false
}
