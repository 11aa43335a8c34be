//! `GET …/tables`: the names of the tables in a folder.

use std::sync::Arc;

use axum::response::Response;
use lance::session::Session;
use lance_io::object_store::{ObjectStore, ObjectStoreParams};
use object_store::ObjectStore as _;
use portico_sdk::Error;
use portico_sdk::cache::Lifetime;
use portico_sdk::invalid::Refusal;
use serde::Serialize;
use utoipa::ToSchema;

use super::kept::Kept;
use crate::ask::Ask;
use crate::failure::failure;
use crate::place::{Dataset, SUFFIX};

/// The answer.
#[derive(Serialize, ToSchema)]
pub(super) struct LanceTables {
    tables: Vec<String>,
}

pub(super) async fn tables(ask: Ask) -> Result<Response, Refusal> {
    let mut given = ask.given();
    let dataset = Dataset::read(&mut given);
    given.done()?;
    let session = ask.folder(&dataset)?;
    let kept = Kept {
        operation: "LanceTables",
        lifetime: Lifetime::Management,
        dataset: &dataset,
        parts: &[&dataset.path],
    };
    let (desk, folder) = (Arc::clone(&ask.desk), dataset.clone());
    let work = async move { desk.workshop.run("tables", list(session, folder)).await };
    Ok(kept.or(&ask, work).await?)
}

/// Folders whose names end as those of tables do.
async fn list(session: Arc<Session>, dataset: Dataset) -> Result<LanceTables, Error> {
    let failed = |error: lance::Error| failure(error, "list tables");
    let address = dataset.url("")?;
    let params = ObjectStoreParams::default();
    let registry = session.store_registry();
    let opened = ObjectStore::from_uri_and_params(registry, address.as_str(), &params).await;
    let (store, base) = opened.map_err(failed)?;
    let listed = store.inner.list_with_delimiter(Some(&base)).await;
    let listed = listed.map_err(|error| failed(error.into()))?;
    let names = listed.common_prefixes.iter().filter_map(|folder| {
        let name = folder.filename()?.strip_suffix(SUFFIX)?;
        (!name.is_empty()).then(|| name.to_owned())
    });
    let mut tables: Vec<_> = names.collect();
    tables.sort_unstable();
    Ok(LanceTables { tables })
}
