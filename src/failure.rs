//! What a fault of the engine means to the caller.

use pingora::{Error as EngineError, ErrorSource, ErrorType};
use portico_sdk::upstream::Failure;
use portico_sdk::{Error, Reason};

/// Sorts a fault by what the caller can do; `None` when the caller has left.
#[must_use]
pub fn classify(fault: &EngineError) -> Option<Error> {
    let reason = match (fault.esource(), fault.etype()) {
        (_, ErrorType::HTTPStatus(400..=499)) => Reason::InvalidRequest,
        (ErrorSource::Upstream, kind) => upstream(kind),
        (ErrorSource::Downstream, ErrorType::ReadTimedout | ErrorType::WriteTimedout) => {
            Reason::RequestTimeout
        }
        (
            ErrorSource::Downstream,
            ErrorType::ReadError | ErrorType::WriteError | ErrorType::ConnectionClosed,
        ) => return None,
        (ErrorSource::Downstream, _) => Reason::InvalidRequest,
        _ => Reason::InternalError,
    };
    Some(Error::new(reason).because(fault.to_string()))
}

/// What a connection that was not made says of its address; `None` when the fault is this
/// machine's own, such as too many open files.
#[must_use]
pub fn connecting(fault: &EngineError) -> Option<Failure> {
    match fault.etype() {
        ErrorType::InternalError | ErrorType::SocketError | ErrorType::BindError => None,
        ErrorType::ConnectTimedout | ErrorType::TLSHandshakeTimedout => Some(Failure::Timeout),
        ErrorType::TLSHandshakeFailure | ErrorType::InvalidCert | ErrorType::HandshakeError => {
            Some(Failure::Tls)
        }
        _ => Some(Failure::Unreachable),
    }
}

/// Whether the store was given up because nothing came, or nothing was taken.
#[must_use]
pub fn is_silence(fault: &EngineError) -> bool {
    matches!(
        fault.etype(),
        ErrorType::ReadTimedout | ErrorType::WriteTimedout
    )
}

fn upstream(kind: &ErrorType) -> Reason {
    match kind {
        ErrorType::ConnectTimedout
        | ErrorType::TLSHandshakeTimedout
        | ErrorType::ReadTimedout
        | ErrorType::WriteTimedout => Reason::GatewayTimeout,
        ErrorType::ConnectRefused
        | ErrorType::ConnectNoRoute
        | ErrorType::ConnectError
        | ErrorType::SocketError
        | ErrorType::TLSHandshakeFailure
        | ErrorType::InvalidCert
        | ErrorType::HandshakeError => Reason::ServiceUnavailable,
        _ => Reason::UpstreamFailed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(kind: ErrorType, source: ErrorSource) -> Option<Reason> {
        let mut fault = EngineError::explain(kind, "test");
        fault.esource = source;
        classify(&fault).map(|error| error.reason())
    }

    #[test]
    fn a_fault_of_this_machine_says_nothing_of_an_address() {
        let of = |kind| connecting(&EngineError::explain(kind, "test"));
        assert_eq!(of(ErrorType::InternalError), None);
        assert_eq!(of(ErrorType::ConnectRefused), Some(Failure::Unreachable));
        assert_eq!(of(ErrorType::ConnectTimedout), Some(Failure::Timeout));
        assert_eq!(of(ErrorType::InvalidCert), Some(Failure::Tls));
    }

    #[test]
    fn faults_of_others_get_the_right_reason() {
        use ErrorSource::{Downstream, Internal, Upstream};
        assert_eq!(
            reason(ErrorType::ConnectRefused, Upstream),
            Some(Reason::ServiceUnavailable)
        );
        assert_eq!(
            reason(ErrorType::ReadTimedout, Upstream),
            Some(Reason::GatewayTimeout)
        );
        assert_eq!(
            reason(ErrorType::ConnectionClosed, Upstream),
            Some(Reason::UpstreamFailed)
        );
        assert_eq!(
            reason(ErrorType::ReadTimedout, Downstream),
            Some(Reason::RequestTimeout)
        );
        assert_eq!(reason(ErrorType::ConnectionClosed, Downstream), None);
        assert_eq!(
            reason(ErrorType::UnknownError, Internal),
            Some(Reason::InternalError)
        );
    }
}
