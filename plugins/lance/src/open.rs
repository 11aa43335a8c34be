//! Opening what is in a table: its newest version, or an older one.

use std::collections::HashSet;
use std::sync::Arc;

use lance::Dataset;
use lance::dataset::ReadParams;
use lance::dataset::builder::DatasetBuilder;
use lance::session::Session;
use lancedb::Table;
use lancedb::table::{BaseTable, NativeTable};
use portico_sdk::Error;

use crate::failure::failure;
use crate::place::Place;

/// A table as files and rows.
pub(crate) async fn dataset(
    session: Arc<Session>,
    place: &Place,
    version: Option<u64>,
) -> Result<Arc<Dataset>, Error> {
    let builder = DatasetBuilder::from_uri(place.url()?).with_session(session);
    let builder = match version {
        Some(version) => builder.with_version(version),
        None => builder,
    };
    let opened = builder.load().await;
    let opened = opened.map_err(|error| failure(error, &doing(place)))?;
    Ok(Arc::new(opened))
}

/// A table to search, as the clients of Lance do.
pub(crate) async fn table(
    session: Arc<Session>,
    place: &Place,
    version: Option<u64>,
) -> Result<Table, Error> {
    let mut params = ReadParams::default();
    params.session(session);
    let address = place.url()?;
    let opened = NativeTable::open_with_params(
        address.as_str(),
        &place.table,
        Vec::new(),
        None,
        Some(params),
        None,
        None,
        HashSet::new(),
        Some(false),
    );
    let failed = |error| failure(error, &doing(place));
    let opened: Arc<dyn BaseTable> = Arc::new(opened.await.map_err(failed)?);
    let table = Table::from(opened);
    if let Some(version) = version {
        table.checkout(version).await.map_err(failed)?;
    }
    Ok(table)
}

fn doing(place: &Place) -> String {
    format!("open table '{}'", place.table)
}
