//! `DELETE …/tables/{name}`: a table goes, with all its states and indices.

use axum::extract::Path;
use http::StatusCode;
use portico_aws::{Clients, Folders, Item, KeyFault, Listing, delete_many, page};
use portico_sdk::invalid::Refusal;
use portico_sdk::s3::Operation;
use portico_sdk::{Error, Principal, Reason};

use crate::ask::Ask;
use crate::place::Place;

/// What every table has, and nothing else.
const VERSIONS: &str = "_versions/";

pub(super) async fn delete(ask: Ask, Path(table): Path<String>) -> Result<StatusCode, Refusal> {
    let place = Place::named(ask.given(), table)?;
    ask.table(&place, Operation::DeleteObject)?;
    let (desk, dataset) = (&ask.desk, place.dataset.clone());
    let (clients, caller) = (desk.sessions.clients().clone(), ask.caller.clone());
    let work = async move { remove(clients, caller, &place).await };
    let removed = desk
        .workshop
        .run_within("delete", desk.limits.write, work)
        .await;
    desk.sessions.forget(dataset);
    removed?;
    Ok(StatusCode::NO_CONTENT)
}

/// Every object of a table, and every folder after what is in it: HCP keeps those that are empty. Only of
/// what is a table, so that a slip of the path costs nothing else.
async fn remove(clients: Clients, caller: Principal, place: &Place) -> Result<(), Error> {
    let store = clients.of(&caller)?;
    let (prefix, label) = (place.prefix(), format!("table '{}'", place.table));
    let listing = Listing {
        bucket: &place.dataset.bucket,
        prefix: &prefix,
        delimiter: None,
        most: None,
        label: &label,
    };
    let versions = format!("{prefix}{VERSIONS}");
    let first = Listing {
        prefix: &versions,
        ..listing
    };
    if page(&store, &first, None).await?.entries.is_empty() {
        let words = format!("Cannot delete '{}': there is no such table", place.table);
        return Err(Error::with_message(Reason::NotFound, words));
    }
    let (mut folders, mut token) = (Folders::default(), None);
    loop {
        let next = page(&store, &listing, token).await?;
        let items = next
            .entries
            .into_iter()
            .map(|entry| Item::object(entry.key));
        let mut batches = folders.pass(items);
        token = next.next;
        if token.is_none() {
            batches.extend(folders.end());
        }
        for batch in batches {
            let faults = delete_many(&store, listing.bucket, batch, &label).await?;
            faults
                .into_iter()
                .next()
                .map_or(Ok(()), |fault| Err(stays(&fault)))?;
        }
        if token.is_none() {
            return Ok(());
        }
    }
}

fn stays(fault: &KeyFault) -> Error {
    let reason = match &*fault.code {
        "AccessDenied" => Reason::AccessDenied,
        _ => Reason::Conflict,
    };
    let words = format!("object '{}': {}", fault.key, fault.message);
    Error::with_message(reason, words)
}
