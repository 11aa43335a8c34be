//! Group accounts: names of groups in a directory, kept as they are given.

use serde_json::{Value, json};

use super::accounts::{permissions_in, permissions_out};
use super::call::{Call, Out, text};
use super::page::Entry;
use super::plain;
use super::refusal::Refusal;
use crate::store::Document;

/// A group is said by its name or by its security identifier.
pub(crate) fn create(call: &Call<'_>) -> Result<Out, Refusal> {
    let mut group = call.admit(true)?;
    let id = text(&group, "externalGroupID").map(str::to_owned);
    if !group.contains_key("groupname") {
        let id = id.ok_or_else(|| Refusal::bad("The property groupname is required."))?;
        group.insert("groupname".to_owned(), json!(id));
    } else if id.is_none() {
        let name = text(&group, "groupname").unwrap_or_default();
        let numbers = crate::users::guid("groups", name).replace('-', "");
        let number = u32::from_str_radix(numbers.get(..7).unwrap_or_default(), 16);
        let id = format!(
            "S-1-5-21-1004336348-1177238915-{}",
            number.unwrap_or_default()
        );
        group.insert("externalGroupID".to_owned(), json!(id));
    }
    group
        .entry("allowNamespaceManagement")
        .or_insert(json!(false));
    group.entry("roles").or_insert(json!({"role": []}));
    plain::add(call, group)
}

/// The group must be there, and its permissions are kept as a document below it.
fn kept(call: &Call<'_>) -> Result<Document, Refusal> {
    let path = call.path();
    let group = path.strip_suffix("/dataAccessPermissions").unwrap_or(&path);
    call.documents(|documents| {
        documents.get(group)?;
        Some(documents.get(&path).cloned().unwrap_or_default())
    })?
    .ok_or_else(|| Refusal::missing("the group account"))
}

pub(crate) fn permissions(call: &Call<'_>) -> Result<Out, Refusal> {
    let given = kept(call)?.into_iter();
    let given = given.map(|(name, permissions)| (Entry::named(name), permissions));
    permissions_out(call, &given.collect::<Vec<_>>())
}

pub(crate) fn permit(call: &Call<'_>) -> Result<Out, Refusal> {
    let mut document = kept(call)?;
    let given = call.admit(false)?;
    for (name, permissions) in permissions_in(&given) {
        let permissions: Vec<Value> = permissions.into_iter().map(Value::from).collect();
        document.insert(name, json!({"permission": permissions}));
    }
    let path = call.path();
    call.documents(|documents| documents.put(&path, document))?;
    Ok(Out::Nothing)
}
