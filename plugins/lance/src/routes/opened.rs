//! Opening a table for its rows, with the answer that the store would have where there is no bucket.

use std::sync::Arc;

use lance::Dataset;
use lance::session::Session;
use portico_sdk::{Error, Reason};

use crate::open;
use crate::place::Place;

/// The state of a table that is asked for; the newest without a version.
///
/// # Errors
/// Whatever Lance, or the store, has against it.
pub(super) async fn dataset(
    session: Arc<Session>,
    place: &Place,
    version: Option<u64>,
) -> Result<Arc<Dataset>, Error> {
    let opened = open::dataset(Arc::clone(&session), place, version).await;
    match opened {
        // One object was asked for, and the store says of it alone that it is not there: with the newest state
        // comes a listing, which tells a missing bucket from a missing version.
        Err(error) if version.is_some() && error.reason() == Reason::Unprocessable => {
            match open::dataset(session, place, None).await {
                Err(newest) if newest.reason() != Reason::Unprocessable => Err(newest),
                Err(_) => Err(error),
                Ok(_) => Err(unknown(place, version).because(error)),
            }
        }
        opened => opened,
    }
}

fn unknown(place: &Place, version: Option<u64>) -> Error {
    let version = version.unwrap_or_default();
    let words = format!(
        "Cannot open table '{}': there is no version {version} of it that could be read",
        place.table
    );
    Error::with_message(Reason::Unprocessable, words)
}
