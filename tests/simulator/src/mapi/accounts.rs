//! User accounts: the users of S3 too, so that a new password counts at once.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::call::{Body, Call, Out, text};
use super::page::{Entry, page};
use super::refusal::Refusal;
use super::who::S;
use crate::role::Role;
use crate::store::Document;
use crate::users::{User, guid};

const PASSWORD_LIMIT: usize = 64;
const NAME_LIMIT: usize = 64;
/// The shortest password where the tenant's console security says nothing.
const SHORTEST: usize = 6;

pub(crate) fn found(call: &Call<'_>) -> Result<User, Refusal> {
    let user = call.front.users.find(&call.users_of(), call.name("user"));
    user.ok_or_else(|| Refusal::missing("the user account"))
}

fn document(tenant: &str, user: &User) -> Document {
    let roles: Vec<_> = user.roles.iter().map(|role| role.as_str()).collect();
    let id = guid(tenant, &user.username);
    let number = u32::from_str_radix(id.get(..7).unwrap_or_default(), 16).unwrap_or_default();
    let document = json!({
        "username": user.username,
        "fullName": user.full_name,
        "enabled": user.enabled,
        "forcePasswordChange": user.force_password_change,
        "localAuthentication": true,
        "description": user.description,
        "roles": {"role": roles},
        "allowNamespaceManagement": user.allow_namespace_management,
        "userGUID": id,
        "userID": number,
    });
    document.as_object().cloned().unwrap_or_default()
}

pub(crate) fn list(call: &Call<'_>) -> Result<Out, Refusal> {
    let table = call.users_of();
    let users = call.front.users.all(&table);
    if call.shows_items() {
        let items = users.iter().map(|user| document(&table, user)).collect();
        return Ok(call.items_out(items));
    }
    let entries = users.into_iter().map(|user| Entry::named(user.username));
    let names = page(call.query, entries.collect(), &["username"], &["username"])?;
    Ok(call.names_out(names))
}

pub(crate) fn read(call: &Call<'_>) -> Result<Out, Refusal> {
    let user = found(call)?;
    Ok(call.show(document(&call.users_of(), &user)))
}

pub(crate) fn create(call: &Call<'_>) -> Result<Out, Refusal> {
    let password = call.query.need("password")?;
    good_password(password, shortest(call)?)?;
    let given = call.admit(true)?;
    let name = text(&given, "username").unwrap_or_default();
    if name.is_empty() || name.chars().count() > NAME_LIMIT || name.starts_with('[') {
        return Err(Refusal::bad("Invalid value for property username."));
    }
    let table = call.users_of();
    if call.front.users.find(&table, name).is_some() {
        return Err(Refusal::exists(name));
    }
    let mut user = User::new(name, password).with_roles([]);
    user.allow_namespace_management = false;
    change(&mut user, &given)?;
    call.front.users.put(&table, user);
    Ok(Out::Nothing)
}

/// Administrators manage namespaces, unless that is taken from them again.
fn change(user: &mut User, given: &Document) -> Result<(), Refusal> {
    let flag = |name: &str| given.get(name).and_then(Value::as_bool);
    let words = |name: &str| text(given, name).map(str::to_owned);
    let was_administrator = user.roles.contains(&Role::Administrator);
    if let Some(roles) = given.get("roles") {
        user.roles = roles_of(roles)?;
    }
    if !was_administrator && user.roles.contains(&Role::Administrator) {
        user.allow_namespace_management = true;
    }
    user.full_name = words("fullName").unwrap_or_else(|| user.full_name.clone());
    user.description = words("description").unwrap_or_else(|| user.description.clone());
    user.enabled = flag("enabled").unwrap_or(user.enabled);
    user.force_password_change = flag("forcePasswordChange").unwrap_or(user.force_password_change);
    let manages = flag("allowNamespaceManagement");
    user.allow_namespace_management = manages.unwrap_or(user.allow_namespace_management);
    Ok(())
}

fn roles_of(roles: &Value) -> Result<BTreeSet<Role>, Refusal> {
    let names = roles.get("role").and_then(Value::as_array);
    let names = names.into_iter().flatten().filter_map(Value::as_str);
    let roles = names.map(str::parse::<Role>).collect::<Result<_, _>>();
    roles.map_err(|error| Refusal::bad(error.to_string()))
}

/// Any of alphabetic, numeric and other characters, at least two of these kinds.
pub(crate) fn good_password(password: &str, shortest: usize) -> Result<(), Refusal> {
    let length = password.chars().count();
    let kind = |c: char| match c {
        c if c.is_alphabetic() => 0,
        c if c.is_numeric() => 1,
        _ => 2,
    };
    let kinds: BTreeSet<_> = password.chars().map(kind).collect();
    if kinds.len() < 2 || length < shortest || length > PASSWORD_LIMIT {
        return Err(Refusal::bad("The password does not meet the requirements."));
    }
    Ok(())
}

fn shortest(call: &Call<'_>) -> Result<usize, Refusal> {
    if call.users_of().is_empty() {
        return Ok(SHORTEST);
    }
    let branch = call.branch()?;
    let state = branch.api.tenant.state();
    let security = state.management.get("consoleSecurity");
    let length = security.and_then(|security| security.get("minimumPasswordLength")?.as_u64());
    Ok(length
        .and_then(|length| length.try_into().ok())
        .unwrap_or(SHORTEST))
}

/// Changes a user; `password=` in the query is for the security role.
pub(crate) fn modify(call: &Call<'_>) -> Result<Out, Refusal> {
    let table = call.users_of();
    let mut user = found(call)?;
    let old = user.username.clone();
    let given = call.admit(false)?;
    if let Some(password) = call.query.get("password") {
        set_password(call, &mut user, password)?;
    }
    change(&mut user, &given)?;
    let name = text(&given, "username").unwrap_or(&old);
    let taken = call.front.users.find(&table, name);
    if taken.is_some_and(|taken| taken.username != old) {
        return Err(Refusal::exists(name));
    }
    name.clone_into(&mut user.username);
    call.front.users.remove(&table, &old);
    call.front.users.put(&table, user);
    if name != old {
        rename(call, &old, name)?;
    }
    Ok(Out::Nothing)
}

/// What the user owned, the user owns under the new name.
fn rename(call: &Call<'_>, old: &str, new: &str) -> Result<(), Refusal> {
    let branch = call.branch()?;
    for bucket in branch.api.tenant.state().buckets.values_mut() {
        if bucket.owner == old {
            new.clone_into(&mut bucket.owner);
        }
        if bucket.guests.remove(old) {
            bucket.guests.insert(new.to_owned());
        }
        if let Some(permissions) = bucket.permissions.remove(old) {
            bucket.permissions.insert(new.to_owned(), permissions);
        }
    }
    Ok(())
}

fn set_password(call: &Call<'_>, user: &mut User, password: &str) -> Result<(), Refusal> {
    if !call.actor.has_role(S) {
        return Err(Refusal::forbidden("The security role is required."));
    }
    good_password(password, shortest(call)?)?;
    password.clone_into(&mut user.password);
    Ok(())
}

/// All that can be changed of a system-level user.
pub(crate) fn change_password_only(call: &Call<'_>) -> Result<Out, Refusal> {
    let mut user = found(call)?;
    if let Body::Document(Value::Object(fields)) = &call.body
        && !fields.is_empty()
    {
        let message = "System-level user accounts cannot be changed here.";
        return Err(Refusal::forbidden(message));
    }
    set_password(call, &mut user, call.query.need("password")?)?;
    call.front.users.put(&call.users_of(), user);
    Ok(Out::Nothing)
}

pub(crate) fn change_password(call: &Call<'_>) -> Result<Out, Refusal> {
    let mut user = found(call)?;
    let given = call.admit(true)?;
    if text(&given, "oldPassword").is_some_and(|old| old != user.password) {
        return Err(Refusal::forbidden("The old password is not right."));
    }
    let new = text(&given, "newPassword").unwrap_or_default();
    set_password(call, &mut user, new)?;
    user.force_password_change = false;
    call.front.users.put(&call.users_of(), user);
    Ok(Out::Nothing)
}

/// One new password for all local users with the security role.
pub(crate) fn reset_passwords(call: &Call<'_>) -> Result<Out, Refusal> {
    let password = call.query.need("resetPasswords")?;
    good_password(password, shortest(call)?)?;
    let table = call.users_of();
    for mut user in call.front.users.all(&table) {
        if user.roles.contains(&Role::Security) {
            password.clone_into(&mut user.password);
            call.front.users.put(&table, user);
        }
    }
    Ok(Out::Nothing)
}

/// The last enabled user with the security role stays.
pub(crate) fn remove(call: &Call<'_>) -> Result<Out, Refusal> {
    let table = call.users_of();
    let user = found(call)?;
    let secures = |user: &User| user.enabled && user.roles.contains(&Role::Security);
    let others = call.front.users.all(&table);
    let mut others = others
        .iter()
        .filter(|other| other.username != user.username);
    if secures(&user) && !others.any(secures) {
        let message = "The last enabled security account cannot be deleted.";
        return Err(Refusal::forbidden(message));
    }
    call.front.users.remove(&table, &user.username);
    Ok(Out::Nothing)
}

/// What the user may do in which namespaces.
pub(crate) fn permissions(call: &Call<'_>) -> Result<Out, Refusal> {
    let user = found(call)?.username;
    let branch = call.branch()?;
    let state = branch.api.tenant.state();
    let given = state.buckets.values().filter_map(|bucket| {
        let all = super::fields::accounts::DATA_PERMISSIONS.iter();
        let some: Vec<_> = all.filter(|one| bucket.permits(&user, one)).collect();
        let entry = Entry::named(super::namespaces::shown_name(bucket));
        (!some.is_empty()).then(|| (entry, json!({"permission": some})))
    });
    let given: Vec<_> = given.collect();
    permissions_out(call, &given)
}

/// Permissions by namespace, as much as the query asks for.
pub(crate) fn permissions_out(call: &Call<'_>, given: &[(Entry, Value)]) -> Result<Out, Refusal> {
    let entries = given.iter().map(|(entry, _)| entry.clone()).collect();
    let names = page(
        call.query,
        entries,
        &["name", "hardQuota"],
        &["name", "tag"],
    )?;
    let of = |name: &String| {
        let found = given.iter().find(|(entry, _)| entry.name == *name);
        found.map(|(_, permissions)| json!({"namespaceName": name, "permissions": permissions}))
    };
    let records: Vec<Value> = names.iter().filter_map(of).collect();
    let document = Document::from_iter([("namespacePermission".to_owned(), records.into())]);
    Ok(Out::Document(document))
}

/// Only the namespaces that are listed change.
pub(crate) fn permit(call: &Call<'_>) -> Result<Out, Refusal> {
    let user = found(call)?.username;
    let given = call.admit(false)?;
    let branch = call.branch()?;
    let mut state = branch.api.tenant.state();
    let named = permissions_in(&given);
    if let Some((absent, _)) = named
        .iter()
        .find(|(name, _)| !state.buckets.contains_key(name))
    {
        return Err(Refusal::bad(format!("There is no namespace {absent}.")));
    }
    for (name, permissions) in named {
        if let Some(bucket) = state.buckets.get_mut(&name) {
            bucket.guests.remove(&user);
            bucket.permissions.insert(user.clone(), permissions);
        }
    }
    Ok(Out::Nothing)
}

/// Namespaces in lower case and what is given there.
pub(crate) fn permissions_in(given: &Document) -> Vec<(String, BTreeSet<String>)> {
    let records = given.get("namespacePermission").and_then(Value::as_array);
    let records = records.into_iter().flatten().filter_map(|record| {
        let name = record["namespaceName"].as_str()?.to_lowercase();
        let permissions = record["permissions"]["permission"].as_array();
        let permissions = permissions.into_iter().flatten().filter_map(Value::as_str);
        let given = permissions.map(str::to_owned).collect();
        Some((name, with_what_follows(given)))
    });
    records.collect()
}

/// Who may purge may delete, who may search may read, and who may read may browse.
fn with_what_follows(mut given: BTreeSet<String>) -> BTreeSet<String> {
    for (one, other) in [("PURGE", "DELETE"), ("SEARCH", "READ"), ("READ", "BROWSE")] {
        if given.contains(one) {
            given.insert(other.to_owned());
        }
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_have_two_kinds_of_characters() {
        for good in ["abc123", "abc-de", "12-456", "äb1234"] {
            assert!(good_password(good, 6).is_ok(), "{good}");
        }
        for bad in ["abcdef", "123456", "a1", &"a1".repeat(33)] {
            assert!(good_password(bad, 6).is_err(), "{bad}");
        }
    }
}
