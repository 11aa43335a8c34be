//! Replication: the service, links to other systems, what they carry, and certificates.

use serde_json::{Value, json};

use super::call::{Call, Out, text};
use super::fixtures;
use super::plain;
use super::refusal::Refusal;
use super::repository::file;
use crate::store::Document;
use crate::users::guid;

const LINKS: &str = "services/replication/links";
/// What a link can carry, and the resources of that.
const KINDS: [&str; 3] = ["tenants", "defaultNamespaceDirectories", "chainedLinks"];

fn link_path(call: &Call<'_>) -> String {
    format!("{LINKS}/{}", call.name("link").to_lowercase())
}

/// The link of the path.
fn link(call: &Call<'_>) -> Result<Document, Refusal> {
    let documents = call.front.mapi.documents();
    let link = documents.get(&link_path(call)).cloned();
    link.ok_or_else(|| Refusal::missing("the replication link"))
}

pub(crate) fn create(call: &Call<'_>) -> Result<Out, Refusal> {
    let mut given = call.admit(true)?;
    let name = text(&given, "name").unwrap_or_default().to_owned();
    given.insert("id".to_owned(), json!(guid("links", &name)));
    plain::add(call, given)
}

pub(crate) fn read(call: &Call<'_>) -> Result<Out, Refusal> {
    link(call)?;
    plain::read(call)
}

/// An action in the query, or a change in the body.
pub(crate) fn modify(call: &Call<'_>) -> Result<Out, Refusal> {
    let mut document = link(call)?;
    let actions = [
        (
            "suspend",
            json!({"suspended": true, "statusMessage": "Suspended by a user"}),
        ),
        (
            "resume",
            json!({"suspended": false, "statusMessage": "Synchronizing data"}),
        ),
        (
            "failOver",
            json!({"status": "WARNING", "statusMessage": "Failed over"}),
        ),
        (
            "failBack",
            json!({"status": "GOOD", "statusMessage": "Synchronizing data"}),
        ),
        (
            "beginRecover",
            json!({"status": "WARNING", "statusMessage": "Data recovery began"}),
        ),
        (
            "completeRecovery",
            json!({"status": "GOOD", "statusMessage": "Synchronizing data"}),
        ),
        (
            "restore",
            json!({"status": "GOOD", "statusMessage": "Synchronizing data"}),
        ),
    ];
    let asked = actions.iter().find(|(action, _)| call.query.has(action));
    let Some((_, change)) = asked else {
        return plain::modify(call);
    };
    document.extend(change.as_object().cloned().unwrap_or_default());
    plain::write(call, document)
}

/// Actions on all links, or a change of the service.
pub(crate) fn service(call: &Call<'_>) -> Result<Out, Refusal> {
    if call.query.has("shutDownAllLinks") {
        return plain::set(call, "status", "SHUTDOWN");
    }
    if call.query.has("reestablishAllLinks") {
        return plain::set(call, "status", "ENABLED");
    }
    plain::modify(call)
}

/// Names of what the link carries of one kind.
fn carried(call: &Call<'_>, kind: &str) -> Vec<String> {
    let path = format!("{}/content/{kind}", link_path(call));
    let documents = call.front.mapi.documents();
    let items = documents.children(&path);
    let names = items.filter_map(|item| text(item, "name"));
    names.map(str::to_owned).collect()
}

fn kind_of(call: &Call<'_>) -> &'static str {
    let path = call.resource.path;
    let found = KINDS.into_iter().find(|kind| path.contains(kind));
    found.unwrap_or("tenants")
}

pub(crate) fn list(call: &Call<'_>) -> Result<Out, Refusal> {
    link(call)?;
    Ok(call.names_out(carried(call, kind_of(call))))
}

fn kinds_out(of: impl Fn(&str) -> Vec<String>) -> Out {
    let kinds = KINDS.map(|kind| (kind.to_owned(), json!({"name": of(kind)})));
    Out::Document(Document::from_iter(kinds))
}

pub(crate) fn content(call: &Call<'_>) -> Result<Out, Refusal> {
    link(call)?;
    Ok(kinds_out(|kind| carried(call, kind)))
}

/// What the link could carry: of this system what it has, of the other what fixtures know.
fn could_carry(call: &Call<'_>, kind: &str) -> Vec<String> {
    let there = carried(call, kind);
    let all: Vec<String> = match kind {
        "tenants" if call.resource.path.contains("localCandidates") => {
            let branches = call.front.branches.all();
            branches
                .iter()
                .map(|branch| branch.api.name.clone())
                .collect()
        }
        "chainedLinks" => {
            let documents = call.front.mapi.documents();
            let links = documents
                .children(LINKS)
                .filter(|link| text(link, "type") == Some("INBOUND"));
            links
                .filter_map(|link| text(link, "name").map(str::to_owned))
                .collect()
        }
        _ => fixtures::names(kind),
    };
    all.into_iter()
        .filter(|name| !there.contains(name))
        .collect()
}

pub(crate) fn candidates(call: &Call<'_>) -> Result<Out, Refusal> {
    link(call)?;
    Ok(kinds_out(|kind| could_carry(call, kind)))
}

pub(crate) fn candidates_of_kind(call: &Call<'_>) -> Result<Out, Refusal> {
    link(call)?;
    Ok(call.names_out(could_carry(call, kind_of(call))))
}

pub(crate) fn add_tenant(call: &Call<'_>) -> Result<Out, Refusal> {
    let name = call.name("item");
    if call.front.branches.get(name).is_none() {
        return Err(Refusal::missing("the tenant"));
    }
    add(call)
}

/// Links in a chain end where data goes in one direction.
pub(crate) fn add_chained(call: &Call<'_>) -> Result<Out, Refusal> {
    if text(&link(call)?, "type") == Some("ACTIVE_ACTIVE") {
        let message = "Chained links are for active/passive links only.";
        return Err(Refusal::bad(message));
    }
    add(call)
}

/// Adds to what the link carries; the name is in the path.
pub(crate) fn add(call: &Call<'_>) -> Result<Out, Refusal> {
    link(call)?;
    let name = call.name("item");
    let path = call.path();
    let mut documents = call.front.mapi.documents();
    if documents.get(&path).is_some() {
        return Err(Refusal::exists(name));
    }
    let mut item = fixtures::item("link content");
    item.insert("name".to_owned(), json!(name));
    documents.put(&path, item);
    Ok(Out::Nothing)
}

pub(crate) fn remove(call: &Call<'_>) -> Result<Out, Refusal> {
    link(call)?;
    plain::remove(call)
}

pub(crate) fn pause(call: &Call<'_>) -> Result<Out, Refusal> {
    link(call)?;
    if call.query.has("pause") {
        return plain::set(call, "status", "PAUSED");
    }
    if call.query.has("resume") {
        return plain::set(call, "status", "REPLICATING");
    }
    Err(Refusal::bad("The request does not say what to do."))
}

/// A side that is said replaces what was there: transitions are a list.
pub(crate) fn schedule(call: &Call<'_>) -> Result<Out, Refusal> {
    link(call)?;
    plain::overwrite(call)
}

pub(crate) fn certificates(call: &Call<'_>) -> Result<Out, Refusal> {
    let documents = call.front.mapi.documents();
    let mut records: Vec<Document> = documents.children(&call.path()).cloned().collect();
    for record in &mut records {
        record.remove("text");
    }
    Ok(Out::Records {
        name: "certificate",
        records,
        columns: &[],
    })
}

pub(crate) fn certificate(call: &Call<'_>) -> Result<Out, Refusal> {
    let document = plain::kept(call)?;
    Ok(Out::Text(
        text(&document, "text").unwrap_or_default().to_owned(),
    ))
}

pub(crate) fn server_certificate(call: &Call<'_>) -> Result<Out, Refusal> {
    Ok(Out::Text(call.front.mapi.server_certificate()))
}

pub(crate) fn add_certificate(call: &Call<'_>) -> Result<Out, Refusal> {
    let given = String::from_utf8_lossy(file(call)?).into_owned();
    let id = guid("certificates", &given);
    let mut certificate = fixtures::item("services/replication/certificates");
    certificate.insert("id".to_owned(), json!(id));
    certificate.insert("text".to_owned(), Value::String(given));
    let path = format!("{}/{id}", call.path());
    call.front.mapi.documents().put(&path, certificate);
    Ok(Out::Nothing)
}
