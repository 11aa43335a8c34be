//! Documents without a life of their own: created, shown, changed and deleted as they are.

use serde_json::Value;

use super::call::{Call, Out, text};
use super::fixtures;
use super::refusal::Refusal;
use super::shape::merge;
use crate::store::Document;

/// The names of the items of a collection.
pub(crate) fn list(call: &Call<'_>) -> Result<Out, Refusal> {
    let key = call.resource.key;
    let items = items(call)?;
    let names = items.iter().filter_map(|item| text(item, key));
    Ok(call.names_out(names.map(str::to_owned).collect()))
}

/// The same, or the items themselves where that is assumed of `verbose=true`.
pub(crate) fn list_or_show(call: &Call<'_>) -> Result<Out, Refusal> {
    if call.shows_items() {
        return Ok(call.items_out(items(call)?));
    }
    list(call)
}

fn items(call: &Call<'_>) -> Result<Vec<Document>, Refusal> {
    let path = call.path();
    call.documents(|documents| documents.children(&path).cloned().collect())
}

/// The document, or what stands where nobody has written one yet.
pub(crate) fn read(call: &Call<'_>) -> Result<Out, Refusal> {
    Ok(call.show(kept(call)?))
}

pub(crate) fn kept(call: &Call<'_>) -> Result<Document, Refusal> {
    let path = call.path();
    let kept = call.documents(|documents| documents.get(&path).cloned())?;
    let kept = kept.or_else(|| fixtures::of(call.resource.path));
    kept.ok_or_else(|| Refusal::missing("the resource"))
}

/// A new item of the collection, under the name that its document gives.
pub(crate) fn create(call: &Call<'_>) -> Result<Out, Refusal> {
    let document = call.admit(true)?;
    add(call, document)
}

/// Adds an item that has been checked.
pub(crate) fn add(call: &Call<'_>, given: Document) -> Result<Out, Refusal> {
    let key = call.resource.key;
    let name = text(&given, key).unwrap_or_default().trim().to_owned();
    if name.is_empty() || name.contains('/') {
        return Err(Refusal::bad(format!("The property {key} is required.")));
    }
    let path = format!("{}/{}", call.path(), name.to_lowercase());
    let mut document = fixtures::item(call.resource.path);
    merge(&mut document, given);
    let added = call.documents(|documents| {
        let free = documents.get(&path).is_none();
        if free {
            documents.put(&path, document);
        }
        free
    })?;
    added
        .then_some(Out::Nothing)
        .ok_or_else(|| Refusal::exists(&name))
}

/// Changes what the document says; a new name moves it.
pub(crate) fn modify(call: &Call<'_>) -> Result<Out, Refusal> {
    let mut document = kept(call)?;
    merge(&mut document, call.admit(false)?);
    write(call, document)
}

/// Puts a document in the place of the one that is there.
pub(crate) fn write(call: &Call<'_>, document: Document) -> Result<Out, Refusal> {
    let old = call.path();
    let new = new_path(call, &old, &document);
    let moved = call.documents(|documents| {
        if new != old {
            if documents.get(&new).is_some() {
                return false;
            }
            documents.rename(&old, &new);
        }
        documents.put(&new, document);
        true
    })?;
    moved
        .then_some(Out::Nothing)
        .ok_or_else(|| Refusal::exists("The new name"))
}

fn new_path(call: &Call<'_>, old: &str, document: &Document) -> String {
    let named = text(document, call.resource.key).filter(|name| !name.is_empty());
    match (named, old.rsplit_once('/')) {
        (Some(name), Some((parent, _))) => format!("{parent}/{}", name.to_lowercase()),
        _ => old.to_owned(),
    }
}

/// Creates what there is one of, or replaces it.
pub(crate) fn replace(call: &Call<'_>) -> Result<Out, Refusal> {
    let document = call.admit(true)?;
    let path = call.path();
    call.documents(|documents| documents.put(&path, document))?;
    Ok(Out::Nothing)
}

pub(crate) fn remove(call: &Call<'_>) -> Result<Out, Refusal> {
    let path = call.path();
    let gone = call.documents(|documents| documents.remove(&path))?;
    gone.map(|_| Out::Nothing)
        .ok_or_else(|| Refusal::missing("the resource"))
}

/// Where a list is replaced, and not merged into.
pub(crate) fn overwrite(call: &Call<'_>) -> Result<Out, Refusal> {
    let mut document = kept(call)?;
    for (name, value) in call.admit(false)? {
        document.insert(name, value);
    }
    write(call, document)
}

/// Sets one property to what happened to it.
pub(crate) fn set(call: &Call<'_>, name: &str, value: impl Into<Value>) -> Result<Out, Refusal> {
    let mut document = kept(call)?;
    document.insert(name.to_owned(), value.into());
    write(call, document)
}
