//! `DELETE …/tables/{name}`: a table goes, with all its states and indices.

use std::sync::Arc;

use aws_sdk_s3::Client;
use axum::extract::Path;
use http::StatusCode;
use portico_aws::{Folders, Item, KeyFault, Listing, delete_many, page};
use portico_sdk::invalid::Refusal;
use portico_sdk::s3::Operation;
use portico_sdk::{Error, Principal, Reason};

use crate::ask::Ask;
use crate::desk::Desk;
use crate::place::{Dataset, Place};
use crate::store::FOLDER;
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
        let _gone = Gone(Arc::clone(&desk), place.dataset.clone());
        // Whoever commits meanwhile finds the versions gone, and makes no table of what is left.
        let _turn = desk.sessions.committing(&caller, &place).await?;
        remove(&desk, &caller, &place).await
    };
    let removed = ask.desk.workshop.finish("delete", deadline, work);
    removed.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// However the work ends, sessions begin anew once it has.
struct Gone(Arc<Desk>, Dataset);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.sessions.forget(self.1.clone());
    }
}

/// Every object of a table, and every folder after what is in it: HCP keeps those that are empty. The versions,
/// which make a table of a folder, go last, so that it is one until all else is gone.
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
    let last = Listing {
        prefix: &versions,
        ..all
    };
    let mut folders = Folders::default();
    let is_now = |key: &str| !key.starts_with(&*versions);
    let found = pass(&store, &all, &mut folders, is_now).await?;
    if !found {
        let words = format!("Cannot delete '{}': there is no such table", place.table);
        return Err(Error::with_message(Reason::NotFound, words));
    }
    pass(&store, &last, &mut folders, |_| true).await?;
    for batch in folders.end() {
        drop_all(&store, &all, batch).await?;
    }
    Ok(())
}

/// Deletes what is listed and whose turn it is, but for the folders that are left; tells whether there was
/// anything, of whichever turn.
async fn pass(
    store: &Client,
    listing: &Listing<'_>,
    folders: &mut Folders,
    is_now: impl Fn(&str) -> bool,
) -> Result<bool, Error> {
    let (mut token, mut found) = (None, false);
    loop {
        let next = page(store, listing, token).await?;
        found |= !next.entries.is_empty();
        let keys = next.entries.into_iter().map(|entry| entry.key);
        let items = keys.filter(|key| is_now(key)).map(Item::object);
        for batch in folders.pass(items) {
            drop_all(store, listing, batch).await?;
        }
        token = next.next;
        if token.is_none() {
            return Ok(found);
        }
    }
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
