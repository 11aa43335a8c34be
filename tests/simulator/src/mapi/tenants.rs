//! Tenants: each a store of its own, with the accounts that go with it.

use serde_json::{Value, json};

use super::call::{Call, Out, text};
use super::fixtures;
use super::namespaces::{good_name, iso};
use super::page::{Entry, page};
use super::plain;
use super::refusal::Refusal;
use super::shape::merge;
use crate::branches::Branch;
use crate::role::Role;
use crate::store::Document;
use crate::users::{User, guid};

/// Hosts that are taken.
const RESERVED: [&str; 2] = ["admin", "www"];

/// Whether system-level accounts may act in the tenant (`administrationAllowed`).
pub(crate) fn lets_in(branch: &Branch) -> bool {
    let state = branch.api.tenant.state();
    state.management.is_true("", "administrationAllowed")
}

/// The tenant as it is known: what was said of it over what a new one is like.
fn known(call: &Call<'_>, branch: &Branch) -> Document {
    let name = &branch.api.name;
    let mut document = fixtures::item("tenants");
    document.insert("name".to_owned(), json!(name));
    let said = branch.api.tenant.state().management.get("").cloned();
    merge(&mut document, said.unwrap_or_default());
    let shown = text(&document, "name").unwrap_or(name);
    let host = format!("{shown}.{}", call.front.domain);
    document.insert("fullyQualifiedName".to_owned(), json!(host));
    document.insert("id".to_owned(), json!(guid("", name)));
    document
}

pub(crate) fn list(call: &Call<'_>) -> Result<Out, Refusal> {
    let branches = call.front.branches.all();
    let entry = |document: Document| Entry::named(text(&document, "name").unwrap_or_default());
    let known = branches.iter().map(|branch| entry(known(call, branch)));
    let names = page(call.query, known.collect(), &["name"], &["name"])?;
    Ok(call.names_out(names))
}

/// The first account of a tenant is made with it: a user, or a group, with the security role.
pub(crate) fn create(call: &Call<'_>) -> Result<Out, Refusal> {
    let mut document = call.admit(true)?;
    let name = text(&document, "name").unwrap_or_default().to_owned();
    let key = name.to_ascii_lowercase();
    if !good_name(&name) || RESERVED.contains(&key.as_str()) {
        return Err(Refusal::bad(format!("Invalid tenant name: {name}.")));
    }
    if call.front.branches.get(&name).is_some() {
        return Err(Refusal::exists(&name));
    }
    let first = first_account(call)?;
    document.insert("creationTime".to_owned(), json!(iso(None)));
    let opened = call.front.open_tenant(&name);
    let branch = opened.map_err(|error| Refusal::broken(&error))?;
    let mut state = branch.api.tenant.state();
    state.management.put("", document);
    match first {
        First::User(user) => call.front.users.put(&key, *user),
        First::Group(group) => {
            let path = format!("groupAccounts/{}", group.to_lowercase());
            let roles = json!({"groupname": group, "roles": {"role": ["SECURITY"]}});
            let document = roles.as_object().cloned().unwrap_or_default();
            state.management.put(&path, document);
        }
    }
    Ok(Out::Nothing)
}

enum First {
    User(Box<User>),
    Group(String),
}

fn first_account(call: &Call<'_>) -> Result<First, Refusal> {
    let query = call.query;
    let group = query.get("initialSecurityGroup").unwrap_or_default();
    if !query.has("username") && !group.is_empty() {
        return Ok(First::Group(group.to_owned()));
    }
    let (name, password) = (query.need("username")?, query.need("password")?);
    super::accounts::good_password(password, 6)?;
    let mut user = User::new(name, password).with_roles([Role::Security]);
    user.allow_namespace_management = false;
    user.force_password_change = query.is_true("forcePasswordChange");
    Ok(First::User(Box::new(user)))
}

pub(crate) fn read(call: &Call<'_>) -> Result<Out, Refusal> {
    let branch = call.branch()?;
    Ok(call.show(known(call, &branch)))
}

pub(crate) fn modify(call: &Call<'_>) -> Result<Out, Refusal> {
    let branch = call.branch()?;
    let changes = call.admit(false)?;
    let renamed = text(&changes, "name");
    if renamed.is_some_and(|new| !new.eq_ignore_ascii_case(&branch.api.name)) {
        return Err(Refusal::forbidden("The simulator does not rename tenants."));
    }
    let mut state = branch.api.tenant.state();
    let document = state.management.entry("");
    for (name, value) in changes {
        document.insert(name, value);
    }
    Ok(Out::Nothing)
}

/// A tenant that owns namespaces stays.
pub(crate) fn remove(call: &Call<'_>) -> Result<Out, Refusal> {
    let branch = call.branch()?;
    if !branch.api.tenant.state().buckets.is_empty() {
        return Err(Refusal::forbidden("The tenant has namespaces."));
    }
    call.front.branches.close(&branch.api.name);
    Ok(Out::Nothing)
}

/// Service plans are made at the system level, which has no resource for them.
fn service_plans() -> Vec<Value> {
    vec![
        json!({"name": "Default", "description": "One tier: primary running storage."}),
        json!({"name": "Archive", "description": "To economy storage after 30 days."}),
    ]
}

pub(crate) fn plans(call: &Call<'_>) -> Result<Out, Refusal> {
    let plans = service_plans();
    let names = plans.iter().filter_map(|plan| plan["name"].as_str());
    Ok(call.names_out(names.map(str::to_owned).collect()))
}

pub(crate) fn plan(call: &Call<'_>) -> Result<Out, Refusal> {
    let wanted = call.last_name();
    let mut plans = service_plans().into_iter();
    let fits = |plan: &Value| {
        plan["name"]
            .as_str()
            .is_some_and(|n| n.eq_ignore_ascii_case(wanted))
    };
    let plan = plans
        .find(fits)
        .ok_or_else(|| Refusal::missing("the service plan"))?;
    Ok(call.show(plan.as_object().cloned().unwrap_or_default()))
}

/// A content class that is in use stays.
pub(crate) fn remove_class(call: &Call<'_>) -> Result<Out, Refusal> {
    let class = plain::kept(call)?;
    let used = |list: &str, inner: &str| {
        let items = class.get(list).and_then(|list| list.get(inner));
        items
            .and_then(Value::as_array)
            .is_some_and(|items| !items.is_empty())
    };
    if used("namespaces", "name") || used("contentProperties", "contentProperty") {
        return Err(Refusal::forbidden("The content class is not empty."));
    }
    plain::remove(call)
}
