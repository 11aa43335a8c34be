//! What a proof that does not hold is called in the house.

use portico_sdk::{Error, Reason};
use portico_sigv4::{Form, ProofError};

/// The house's error; its words are the proof's own, which repeat no secret.
pub(crate) fn refused(error: &ProofError) -> Error {
    Error::with_message(reason(error), sentence(&error.to_string()))
}

fn reason(error: &ProofError) -> Reason {
    match error {
        ProofError::Malformed {
            form: Form::Header, ..
        } => Reason::AuthorizationHeaderMalformed,
        ProofError::Malformed {
            form: Form::Query, ..
        } => Reason::AuthorizationQueryParametersError,
        ProofError::UnsupportedAlgorithm(_) | ProofError::MissingContentSha256 => {
            Reason::InvalidRequest
        }
        ProofError::ConflictingMechanisms
        | ProofError::RepeatedHeader(_)
        | ProofError::InvalidContentSha256 => Reason::InvalidArgument,
        ProofError::MissingDate
        | ProofError::InvalidDate
        | ProofError::UnsignedHeaders(_)
        | ProofError::NotYetValid
        | ProofError::Expired => Reason::AccessDenied,
        ProofError::Skewed => Reason::RequestTimeTooSkewed,
        ProofError::MissingSignedHeader(_) | ProofError::SignatureMismatch => {
            Reason::SignatureDoesNotMatch
        }
    }
}

/// As [`refused`], for a proof of Version 2.
pub(crate) fn refused_v2(error: &portico_sigv2::ProofError) -> Error {
    Error::with_message(reason_v2(error), sentence(&error.to_string()))
}

fn reason_v2(error: &portico_sigv2::ProofError) -> Reason {
    use portico_sigv2::ProofError as Fault;
    match error {
        Fault::Malformed { .. }
        | Fault::ConflictingMechanisms
        | Fault::RepeatedHeader(_)
        | Fault::Contradiction(_) => Reason::InvalidArgument,
        Fault::Target(_) => Reason::InvalidRequest,
        Fault::IncompleteQuery
        | Fault::InvalidExpires
        | Fault::MissingDate
        | Fault::InvalidDate
        | Fault::Expired => Reason::AccessDenied,
        Fault::Skewed => Reason::RequestTimeTooSkewed,
        Fault::SignatureMismatch => Reason::SignatureDoesNotMatch,
    }
}

/// S3 writes its messages as sentences.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first
        .into_iter()
        .chain(letters)
        .chain(std::iter::once('.'))
        .collect()
}

#[cfg(test)]
mod tests {
    use portico_sigv2::ProofError as Older;

    use super::*;

    #[test]
    fn codes_are_those_of_s3() {
        for error in [
            ProofError::SignatureMismatch,
            ProofError::Skewed,
            ProofError::Expired,
            ProofError::MissingContentSha256,
            ProofError::ConflictingMechanisms,
            ProofError::UnsupportedAlgorithm(Form::Header),
        ] {
            let refused = refused(&error);
            assert_eq!(refused.reason().row().code, error.s3_code());
            assert_eq!(refused.reason().row().s3_status, error.status());
        }
        for error in [
            Older::SignatureMismatch,
            Older::Skewed,
            Older::Expired,
            Older::IncompleteQuery,
            Older::ConflictingMechanisms,
            Older::Target("path"),
        ] {
            let refused = refused_v2(&error);
            assert_eq!(refused.reason().row().code, error.s3_code());
            assert_eq!(refused.reason().row().s3_status, error.status());
        }
    }
}
