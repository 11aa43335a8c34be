//! `DELETE …/tables/{name}`: a table goes, with all its states and indices.

use std::sync::Arc;

use aws_sdk_s3::Client;
use axum::extract::Path;
use http::StatusCode;
use portico_aws::{Folders, Item, KeyFault, Listing, batches, delete_many, page};
use portico_sdk::invalid::Refusal;
use portico_sdk::s3::Operation;
use portico_sdk::{Error, Principal, Reason};

use crate::ask::Ask;
use crate::desk::Desk;
use crate::place::{Dataset, Place};
use crate::store::{FOLDER, number};
use crate::workshop::Deadline;

/// What was begun is finished without the client: part of a table is nobody's.
pub(super) async fn delete(ask: Ask, Path(table): Path<String>) -> Result<StatusCode, Refusal> {
    let place = Place::named(ask.given(), table)?;
    ask.table(&place, Operation::DeleteObject)?;
    let room = ask.desk.workshop.room_for_write()?;
    let deadline = Deadline::within(ask.desk.limits.write);
    let (desk, caller) = (Arc::clone(&ask.desk), ask.caller.clone());
    let work = async move {
        let _room = room;
        // Nobody makes the table anew before all of it is gone, or what they wrote would go too; and whoever
        // commits later finds the versions gone, and makes no table of what is left.
        let _making = desk.sessions.making(&caller, &place).await?;
        let _committing = desk.sessions.committing(&caller, &place).await?;
        let _gone = Gone(Arc::clone(&desk), place.dataset.clone());
        remove(&desk, &caller, &place).await
    };
    let removed = ask.desk.workshop.finish("delete", deadline, work);
    removed.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// However the work ends, sessions begin anew, before others have their turn.
struct Gone(Arc<Desk>, Dataset);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.sessions.forget(self.1.clone());
    }
}

/// Every object of a table, and every folder after what is in it: HCP keeps those that are empty. The versions go
/// first: the table is whole until the newest is gone, and none from then on, wherever this may stop.
async fn remove(desk: &Desk, caller: &Principal, place: &Place) -> Result<(), Error> {
    let store = desk.sessions.clients().of(caller)?;
    let (prefix, label) = (place.prefix(), format!("table '{}'", place.table));
    let versions = format!("{prefix}{FOLDER}/");
    let all = Listing {
        bucket: &place.dataset.bucket,
        prefix: &prefix,
        delimiter: None,
        most: None,
        label: &label,
    };
    let versions = Listing {
        prefix: &versions,
        ..all
    };
    let ended = end(&store, &versions).await?;
    let cleared = clear(&store, &all).await?;
    if !ended && !cleared {
        let words = format!("Cannot delete '{}': there is no such table", place.table);
        return Err(Error::with_message(Reason::NotFound, words));
    }
    Ok(())
}

/// Deletes the versions, the newest last; tells whether there was one.
async fn end(store: &Client, versions: &Listing<'_>) -> Result<bool, Error> {
    let (mut token, mut keys) = (None, Vec::new());
    loop {
        let next = page(store, versions, token).await?;
        keys.extend(next.entries.into_iter().map(|entry| entry.key));
        token = next.next;
        if token.is_none() {
            break;
        }
    }
    // A folder has its turn later.
    keys.retain(|key| !key.ends_with('/'));
    keys.sort_by_cached_key(|key| number(key));
    let newest = keys.pop();
    let found = newest.is_some();
    let older = keys.into_iter().map(Item::object).collect();
    for batch in batches(older).chain(newest.map(|key| vec![Item::object(key)])) {
        drop_all(store, versions, batch).await?;
    }
    Ok(found)
}

/// Deletes what is listed, folders too; tells whether there was anything.
async fn clear(store: &Client, listing: &Listing<'_>) -> Result<bool, Error> {
    let (mut token, mut found) = (None, false);
    let mut folders = Folders::default();
    loop {
        let next = page(store, listing, token).await?;
        found |= !next.entries.is_empty();
        let items = next
            .entries
            .into_iter()
            .map(|entry| Item::object(entry.key));
        for batch in folders.pass(items) {
            drop_all(store, listing, batch).await?;
        }
        token = next.next;
        if token.is_none() {
            break;
        }
    }
    for batch in folders.end() {
        drop_all(store, listing, batch).await?;
    }
    Ok(found)
}

async fn drop_all(store: &Client, listing: &Listing<'_>, batch: Vec<Item>) -> Result<(), Error> {
    let faults = delete_many(store, listing.bucket, batch, listing.label).await?;
    let first = faults.first();
    first.map_or(Ok(()), |fault| Err(stays(fault)))
}

fn stays(fault: &KeyFault) -> Error {
    let reason = match &*fault.code {
        "AccessDenied" => Reason::AccessDenied,
        _ => Reason::Conflict,
    };
    let words = format!("object '{}': {}", fault.key, fault.message);
    Error::with_message(reason, words)
}
