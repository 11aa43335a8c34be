//! `GET …/indices`: what indices a table has, and how much of it they hold.

use std::sync::Arc;

use axum::Json;
use lance::session::Session;
use lancedb::Table;
use lancedb::index::IndexConfig;
use portico_sdk::Error;
use portico_sdk::invalid::Refusal;
use serde::Serialize;
use utoipa::ToSchema;

use super::wanted::version;
use crate::ask::Ask;
use crate::failure::failure;
use crate::open;
use crate::place::Place;

/// The answer.
#[derive(Serialize, ToSchema)]
pub(super) struct LanceIndices {
    indices: Vec<LanceIndex>,
}

/// An index.
#[derive(Serialize, ToSchema)]
pub(super) struct LanceIndex {
    name: String,
    /// As Lance calls it, such as `IVF_PQ` or `FTS`.
    index_type: String,
    columns: Vec<String>,
    #[schema(required)]
    distance_type: Option<String>,
    /// Rows that it holds.
    #[schema(required)]
    num_indexed_rows: Option<usize>,
    /// Rows that came later: searches look through them one by one.
    #[schema(required)]
    num_unindexed_rows: Option<usize>,
}

pub(super) async fn indices(ask: Ask) -> Result<Json<LanceIndices>, Refusal> {
    let mut given = ask.given();
    let place = Place::read(&mut given);
    let version = version(&mut given);
    given.done()?;
    let session = ask.reader(&place)?;
    let indices = ask
        .desk
        .workshop
        .run("indices", read(session, place, version));
    Ok(Json(indices.await?))
}

async fn read(
    session: Arc<Session>,
    place: Place,
    version: Option<u64>,
) -> Result<LanceIndices, Error> {
    let table = open::table(session, &place, version).await?;
    let listed = table.list_indices().await;
    let listed = listed.map_err(|error| failure(error, "list indices"))?;
    let mut indices = Vec::with_capacity(listed.len());
    for config in listed {
        indices.push(told(&table, config).await?);
    }
    Ok(LanceIndices { indices })
}

async fn told(table: &Table, config: IndexConfig) -> Result<LanceIndex, Error> {
    let figures = table.index_stats(&config.name).await;
    let figures = figures.map_err(|error| failure(error, "read indices"))?;
    let figures = figures.as_ref();
    let distance = figures.and_then(|figures| figures.distance_type.as_ref());
    Ok(LanceIndex {
        name: config.name,
        index_type: config.index_type.to_string(),
        columns: config.columns,
        distance_type: distance.map(ToString::to_string),
        num_indexed_rows: figures.map(|figures| figures.num_indexed_rows),
        num_unindexed_rows: figures.map(|figures| figures.num_unindexed_rows),
    })
}
