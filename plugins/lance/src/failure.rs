//! What an error of Lance means to the caller: one place.
//!
//! Lance words its errors for its authors: with files of its sources, and addresses of the store. Only
//! what speaks of the request is passed on; the rest is for the log.

use std::error::Error as StdError;

use portico_sdk::{Error, Reason};

/// How Lance begins what a filter comes to with the values of a table, such as a division by zero.
const FILTERING: &str = "Error applying filter expression to batch: ";

/// The error for the caller; `doing` is what could not be done: `open table 't'`.
pub(crate) fn failure(error: impl Into<lancedb::Error>, doing: &str) -> Error {
    let error = error.into();
    if let Some(own) = inside::<Error>(&error) {
        let (reason, words) = (own.reason(), own.message().to_owned());
        return Error::with_message(reason, format!("Cannot {doing}: {words}")).because(error);
    }
    let reason = reason(&error);
    let words = match said(&error) {
        Some(words) => format!("Cannot {doing}: {words}"),
        None => format!("Cannot {doing}"),
    };
    Error::with_message(reason, words).because(error)
}

/// The first error of a kind in a chain of causes.
fn inside<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    chain(error).find_map(as_a)
}

fn as_a<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    error.downcast_ref()
}

/// The first error of Lance that says more than that there is another.
fn lances<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a lance::Error> {
    use lance::Error as E;
    let mut own = chain(error).filter_map(as_a::<E>);
    own.find(|own| {
        !matches!(
            own,
            E::Shared { .. } | E::Wrapped { .. } | E::External { .. }
        )
    })
}

fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| beneath(*error))
}

/// What caused an error. Some are only the paper around another, and give as their cause what caused that.
fn beneath<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    if let Some(lancedb::Error::External { source }) = error.downcast_ref() {
        return Some(&**source);
    }
    match error.downcast_ref() {
        Some(lance::Error::External { source }) => Some(&**source),
        Some(lance::Error::Shared { source }) => Some(&**source),
        _ => error.source(),
    }
}

fn reason(error: &lancedb::Error) -> Reason {
    match error {
        lancedb::Error::Timeout { .. } => Reason::GatewayTimeout,
        lancedb::Error::TableAlreadyExists { .. } => Reason::Conflict,
        _ => match lances(error) {
            Some(lance::Error::Timeout { .. }) => Reason::GatewayTimeout,
            Some(
                lance::Error::DatasetAlreadyExists { .. }
                | lance::Error::CommitConflict { .. }
                | lance::Error::RetryableCommitConflict { .. }
                | lance::Error::TooMuchWriteContention { .. },
            ) => Reason::Conflict,
            Some(lance::Error::Execution { message, .. }) if message.contains(FILTERING) => {
                Reason::InvalidArgument
            }
            // The contract has it so for whatever a table refuses.
            _ => Reason::Unprocessable,
        },
    }
}

/// The words that speak of the request.
fn said(error: &lancedb::Error) -> Option<String> {
    use lance::Error as E;
    use lancedb::Error as L;
    match error {
        L::TableNotFound { .. } => return Some("there is no such table".to_owned()),
        L::InvalidInput { .. }
        | L::InvalidTableName { .. }
        | L::IndexNotFound { .. }
        | L::ColumnNotFound { .. }
        | L::InvalidExpression { .. }
        | L::TableAlreadyExists { .. }
        | L::Schema { .. }
        | L::NotSupported { .. } => return Some(tidy(&error.to_string())),
        _ => {}
    }
    match lances(error)? {
        E::DatasetNotFound { .. } => Some("there is no such table".to_owned()),
        E::VersionNotFound { .. } => Some("there is no such version".to_owned()),
        E::DatasetAlreadyExists { .. } => Some("it exists already".to_owned()),
        E::Execution { message, .. } => message.split_once(FILTERING).map(|(_, why)| tidy(why)),
        own @ (E::InvalidInput { .. }
        | E::SchemaMismatch { .. }
        | E::NotSupported { .. }
        | E::Schema { .. }
        | E::Index { .. }
        | E::Arrow { .. }
        | E::Unprocessable { .. }
        | E::CommitConflict { .. }) => Some(tidy(&own.to_string())),
        _ => None,
    }
}

/// Without the places in Lance's sources, and without addresses.
pub(crate) fn tidy(words: &str) -> String {
    let kept: Vec<_> = words.split(", ").filter(|part| !is_source(part)).collect();
    let words = kept.join(", ");
    if words.contains("://") {
        return "the store has something else there".to_owned();
    }
    words
}

/// Whether words name a line of a source: `rust/lance/src/dataset.rs:12:3`.
fn is_source(words: &str) -> bool {
    let is_line = |rest: &str| rest.starts_with(|letter: char| letter.is_ascii_digit());
    words.starts_with("location: ") || words.split(".rs:").skip(1).any(is_line)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn the_error_of_the_house_is_found_again() {
        let own = Error::new(Reason::AccessDenied);
        let http =
            object_store::client::HttpError::new(object_store::client::HttpErrorKind::Unknown, own);
        let store = object_store::Error::Generic {
            store: "S3",
            source: Box::new(http),
        };
        let error = failure(lance::Error::from(store), "open table 't'");
        assert_eq!(error.reason(), Reason::AccessDenied);
        assert_eq!(error.message(), "Cannot open table 't': Access Denied");
    }

    #[test]
    fn wrapped_errors_are_seen_through() {
        let slow = || lance::Error::timeout("it takes long");
        let shared = lance::Error::Shared {
            source: Arc::new(slow()),
        };
        let foreign = lance::Error::External {
            source: Box::new(slow()),
        };
        for error in [slow(), shared, foreign] {
            assert_eq!(failure(error, "read rows").reason(), Reason::GatewayTimeout);
        }
        let own = Box::new(Error::new(Reason::AccessDenied));
        let error = failure(lance::Error::External { source: own }, "read rows");
        assert_eq!(error.reason(), Reason::AccessDenied);
    }

    #[test]
    fn no_source_and_no_address_is_told() {
        let words = "Invalid user input: no column x, rust/lance/src/dataset.rs:12:3, and y";
        assert_eq!(tidy(words), "Invalid user input: no column x, and y");
        let words = "no column a.rs:b, and no other";
        assert_eq!(tidy(words), words);
        assert!(!tidy("at s3://b/k").contains("b/k"));
        let error = lance::Error::invalid_input("no such column");
        let error = failure(error, "read rows");
        assert_eq!(error.reason(), Reason::Unprocessable);
        assert!(error.message().starts_with("Cannot read rows: "), "{error}");
        assert!(!error.message().contains(".rs"), "{error}");
    }
}
