//! What a fault of the engine means to the caller.

use pingora::{Error as EngineError, ErrorSource, ErrorType};
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
