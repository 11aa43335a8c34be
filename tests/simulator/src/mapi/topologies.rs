//! Erasure coding: topologies of links, and the tenants whose objects they spread.

use serde_json::{Value, json};

use super::call::{Call, Out, text};
use super::plain;
use super::refusal::Refusal;
use crate::store::Document;
use crate::users::guid;

const TOPOLOGIES: &str = "services/erasureCoding/ecTopologies";
const SIZES: [i64; 9] = [
    4096, 8192, 16_384, 32_768, 65_536, 131_072, 262_144, 524_288, 1_048_576,
];

fn topology(call: &Call<'_>) -> Result<(String, Document), Refusal> {
    let path = format!("{TOPOLOGIES}/{}", call.name("topology").to_lowercase());
    let document = call.front.mapi.documents().get(&path).cloned();
    let document = document.ok_or_else(|| Refusal::missing("the erasure coding topology"))?;
    Ok((path, document))
}

fn check(given: &Document) -> Result<(), Refusal> {
    let number = |name: &str| given.get(name).and_then(Value::as_i64);
    let wrong = [
        (
            "minimumObjectSize",
            number("minimumObjectSize").is_some_and(|size| !SIZES.contains(&size)),
        ),
        (
            "erasureCodingDelay",
            number("erasureCodingDelay").is_some_and(|days| !(0..=3650).contains(&days)),
        ),
        (
            "restorePeriod",
            number("restorePeriod").is_some_and(|days| !(0..=180).contains(&days)),
        ),
    ];
    match wrong.iter().find(|(_, wrong)| *wrong) {
        Some((name, _)) => Err(Refusal::bad(format!("Invalid value for property {name}."))),
        None => Ok(()),
    }
}

pub(crate) fn create(call: &Call<'_>) -> Result<Out, Refusal> {
    let mut given = call.admit(true)?;
    check(&given)?;
    let name = text(&given, "name").unwrap_or_default().to_owned();
    given.insert("id".to_owned(), json!(guid("topologies", &name)));
    plain::add(call, given)
}

pub(crate) fn read(call: &Call<'_>) -> Result<Out, Refusal> {
    let (path, mut document) = topology(call)?;
    document.insert("tenants".to_owned(), json!({"name": members(call, &path)}));
    Ok(call.show(document))
}

pub(crate) fn modify(call: &Call<'_>) -> Result<Out, Refusal> {
    topology(call)?;
    if call.query.has("retire") {
        return plain::set(call, "state", "RETIRING");
    }
    check(&call.admit(false)?)?;
    plain::modify(call)
}

/// A topology is retired before it goes, unless it is forced out.
pub(crate) fn remove(call: &Call<'_>) -> Result<Out, Refusal> {
    let (_, document) = topology(call)?;
    let retired = text(&document, "state").is_some_and(|state| state != "ACTIVE");
    if !retired && !call.query.is_true("force") {
        return Err(Refusal::forbidden("The topology is still active."));
    }
    plain::remove(call)
}

fn members(call: &Call<'_>, path: &str) -> Vec<String> {
    let path = format!("{path}/tenants");
    let documents = call.front.mapi.documents();
    let members = documents.children(&path);
    let names = members.filter_map(|member| text(member, "name"));
    names.map(str::to_owned).collect()
}

pub(crate) fn tenants(call: &Call<'_>) -> Result<Out, Refusal> {
    let (path, _) = topology(call)?;
    Ok(call.names_out(members(call, &path)))
}

pub(crate) fn add_tenant(call: &Call<'_>) -> Result<Out, Refusal> {
    topology(call)?;
    let name = call.name("item");
    if call.front.branches.get(name).is_none() {
        return Err(Refusal::missing("the tenant"));
    }
    let path = call.path();
    let mut documents = call.front.mapi.documents();
    if documents.get(&path).is_some() {
        return Err(Refusal::exists(name));
    }
    documents
        .entry(&path)
        .insert("name".to_owned(), json!(name));
    Ok(Out::Nothing)
}

pub(crate) fn remove_tenant(call: &Call<'_>) -> Result<Out, Refusal> {
    topology(call)?;
    plain::remove(call)
}

/// Tenants that are in no topology.
pub(crate) fn candidates(call: &Call<'_>) -> Result<Out, Refusal> {
    topology(call)?;
    let mut taken = Vec::new();
    for document in topologies(call) {
        let name = text(&document, "name").unwrap_or_default().to_lowercase();
        taken.extend(members(call, &format!("{TOPOLOGIES}/{name}")));
    }
    let branches = call.front.branches.all();
    let names = branches.iter().map(|branch| &branch.api.name);
    let free = names.filter(|name| !taken.contains(name));
    let records = free.map(|name| {
        let mut record = json!({"name": name});
        if call.query.is_true("verbose") {
            record["uuid"] = json!(guid("", name));
            record["hcpSystems"] = json!({"name": [call.front.domain]});
        }
        record.as_object().cloned().unwrap_or_default()
    });
    Ok(Out::Records {
        name: "tenantCandidate",
        records: records.collect(),
        columns: &[],
    })
}

fn topologies(call: &Call<'_>) -> Vec<Document> {
    let documents = call.front.mapi.documents();
    documents.children(TOPOLOGIES).cloned().collect()
}

/// No two tenants of the simulator stand in each other's way.
pub(crate) fn conflicts(call: &Call<'_>) -> Result<Out, Refusal> {
    topology(call)?;
    Ok(Out::Records {
        name: "tenantCandidate",
        records: Vec::new(),
        columns: &[],
    })
}

/// Links between systems that are active on both sides.
pub(crate) fn links(call: &Call<'_>) -> Result<Out, Refusal> {
    let documents = call.front.mapi.documents();
    let links = documents.children("services/replication/links");
    let links = links.filter(|link| text(link, "type") == Some("ACTIVE_ACTIVE"));
    let records = links.map(|link| {
        let name = text(link, "name").unwrap_or_default();
        let remote = link
            .get("connection")
            .and_then(|connection| connection["remoteHost"].as_str());
        let mut record = json!({
            "name": name,
            "hcpSystems": {"name": [call.front.domain, remote.unwrap_or_default()]},
        });
        if call.query.is_true("verbose") {
            record["uuid"] = json!(guid("links", name));
            record["pausedTenantsCount"] = json!(0);
            record["state"] = json!("GOOD");
        }
        record.as_object().cloned().unwrap_or_default()
    });
    Ok(Out::Records {
        name: "replicationLink",
        records: records.collect(),
        columns: &[],
    })
}
