//! `GET …/versions`: what states of a table there are, each of which the other routes can read.

use std::sync::Arc;

use axum::Json;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use lance::Dataset;
use lance::dataset::Version;
use lance::session::Session;
use portico_hcp::document::Bounds;
use portico_sdk::Error;
use portico_sdk::invalid::Refusal;
use serde::Serialize;
use utoipa::ToSchema;

use super::wanted::count;
use crate::ask::Ask;
use crate::failure::failure;
use crate::open;
use crate::place::Place;

/// The most states that are told at a time: each is an object of its own in the store.
const TOLD: Bounds = Bounds::new(1, 1000);
/// Objects that are read at a time.
const AHEAD: usize = 8;

/// The answer.
#[derive(Serialize, ToSchema)]
pub(super) struct LanceVersions {
    /// The newest ones, the newest last.
    versions: Vec<LanceVersion>,
    /// How many there are.
    total: usize,
}

/// A state of a table.
#[derive(Serialize, ToSchema)]
struct LanceVersion {
    version: u64,
    /// When it was written (RFC 3339).
    timestamp: String,
}

pub(super) async fn versions(ask: Ask) -> Result<Json<LanceVersions>, Refusal> {
    let mut given = ask.given();
    let place = Place::read(&mut given);
    let limit = given.whole("limit", Some(100), TOLD);
    given.done()?;
    let session = ask.reader(&place)?;
    let versions = ask
        .desk
        .workshop
        .run("versions", read(session, place, count(limit)));
    Ok(Json(versions.await?))
}

async fn read(session: Arc<Session>, place: Place, limit: usize) -> Result<LanceVersions, Error> {
    let dataset = open::dataset(session, &place, None).await?;
    let failed = |error: lance::Error| failure(error, "list versions");
    // Their names alone: Lance reads every one of them, one after the other, to list them.
    let listed = dataset.version_refs().await.map_err(failed)?;
    let total = listed.len();
    let newest = listed.into_iter().skip(total.saturating_sub(limit));
    let numbers: Vec<u64> = newest.map(|each| each.version).collect();
    let told = stream::iter(
        numbers
            .into_iter()
            .map(|version| told(Arc::clone(&dataset), version)),
    );
    let versions = told.buffered(AHEAD).try_collect().await.map_err(failed)?;
    Ok(LanceVersions { versions, total })
}

async fn told(dataset: Arc<Dataset>, version: u64) -> lance::Result<LanceVersion> {
    let state = dataset.checkout_version(version).await?.version();
    Ok(LanceVersion {
        version: state.version,
        timestamp: moment(&state),
    })
}

/// RFC 3339 in UTC; a fraction, in microseconds, only where there is one.
fn moment(state: &Version) -> String {
    let whole = state.timestamp.format("%Y-%m-%dT%H:%M:%S");
    let micros = state.timestamp.format("%6f").to_string();
    match micros.trim_end_matches('0') {
        "" => format!("{whole}Z"),
        _ => format!("{whole}.{micros}Z"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use arrow::temporal_conversions::timestamp_ns_to_datetime;

    use super::*;

    #[test]
    fn moments_are_written_as_everywhere_in_the_house() {
        for (nanos, text) in [
            (1_704_164_645_000_000_000, "2024-01-02T03:04:05Z"),
            (1_704_164_645_120_000_000, "2024-01-02T03:04:05.120000Z"),
            (1_704_164_645_123_456_789, "2024-01-02T03:04:05.123456Z"),
        ] {
            let state = Version {
                version: 1,
                timestamp: timestamp_ns_to_datetime(nanos).unwrap().and_utc(),
                metadata: BTreeMap::new(),
            };
            assert_eq!(moment(&state), text);
        }
    }
}
