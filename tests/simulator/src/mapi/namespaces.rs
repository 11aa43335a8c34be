//! Namespaces: the buckets of S3, seen from the other side.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

use super::call::{Call, Out, text};
use super::page::{Entry, page, quota};
use super::refusal::Refusal;
use super::shape::merge;
use super::who::{A, MAC};
use super::{fixtures, plain, versioning};
use crate::store::{Bucket, Document};
use crate::users::guid;

/// Dates as HCP writes them; now, where no time is given.
pub(crate) fn iso(time: Option<OffsetDateTime>) -> String {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]+0000");
    let time = time.unwrap_or_else(OffsetDateTime::now_utc);
    time.format(form).unwrap_or_default()
}

/// 1 to 63 letters, digits and inner hyphens; not the form of international names.
pub(crate) fn good_name(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.to_ascii_lowercase().starts_with("xn--")
}

/// The name as it was first written.
pub(crate) fn shown_name(bucket: &Bucket) -> String {
    let said = bucket
        .management
        .get("")
        .and_then(|said| text(said, "name"));
    said.unwrap_or(&bucket.name).to_owned()
}

/// What is known of a namespace: what was said of it, over what one is like that S3 made, and what
/// S3 knows of it now.
fn known(call: &Call<'_>, bucket: &Bucket, overwrite: bool) -> Document {
    let mut document = fixtures::item("tenants/{tenant}/namespaces");
    merge(
        &mut document,
        bucket.management.get("").cloned().unwrap_or_default(),
    );
    let name = shown_name(bucket);
    let tenant = call.name("tenant").to_ascii_lowercase();
    let host = format!("{name}.{tenant}.{}", call.front.domain);
    let live = json!({
        "name": name,
        "owner": bucket.owner,
        "creationTime": iso(Some(bucket.created)),
        "fullyQualifiedName": host,
        "id": guid(&tenant, &format!("namespace {}", bucket.name)),
        "s3UnversionedOverwrite": bucket.unversioned_overwrite.unwrap_or(overwrite),
    });
    merge(&mut document, live.as_object().cloned().unwrap_or_default());
    if bucket.owner.is_empty() {
        document.remove("owner");
        document.remove("ownerType");
    }
    document
}

/// Users without a role see what they own, and nothing else.
fn sees_all(call: &Call<'_>) -> bool {
    call.actor.has_role(MAC)
}

pub(crate) fn owns(call: &Call<'_>, bucket: &Bucket) -> bool {
    !call.actor.is_above() && bucket.owner == call.actor.user.username
}

pub(crate) fn list(call: &Call<'_>) -> Result<Out, Refusal> {
    let branch = call.branch()?;
    let state = branch.api.tenant.state();
    let mine = state
        .buckets
        .values()
        .filter(|bucket| sees_all(call) || owns(call, bucket));
    let entries = mine.map(|bucket| {
        let said = bucket.management.get("");
        let hard = said.and_then(|said| quota(text(said, "hardQuota")?));
        let tags = said.and_then(|said| said.get("tags")?.get("tag")?.as_array());
        let tags = tags.into_iter().flatten().filter_map(Value::as_str);
        Entry {
            name: shown_name(bucket),
            hard_quota: hard.unwrap_or_default(),
            tags: tags.map(str::to_owned).collect(),
        }
    });
    let names = page(
        call.query,
        entries.collect(),
        &["name", "hardQuota"],
        &["name", "tag"],
    )?;
    Ok(call.names_out(names))
}

pub(crate) fn read(call: &Call<'_>) -> Result<Out, Refusal> {
    let overwrite = call.branch()?.api.tenant.rules.unversioned_overwrite;
    let known = call.namespace(|bucket| {
        let mut document = known(call, bucket, overwrite);
        if !sees_all(call) {
            document.retain(|name, _| name == "name" || name == "owner");
        }
        (owns(call, bucket) || sees_all(call)).then_some(document)
    })?;
    let known = known.ok_or_else(|| Refusal::forbidden("The namespace is somebody else's."))?;
    Ok(call.show(known))
}

pub(crate) fn create(call: &Call<'_>) -> Result<Out, Refusal> {
    let mut given = call.admit(true)?;
    let name = text(&given, "name").unwrap_or_default().to_owned();
    if !good_name(&name) {
        return Err(Refusal::bad(format!("Invalid namespace name: {name}.")));
    }
    check(&given)?;
    let owner = owner_of(call, &given)?;
    let owner = owner.or_else(|| {
        let only_manages = !call.actor.has_role(A) && !call.actor.is_above();
        only_manages.then(|| call.actor.user.username.clone())
    });
    let key = name.to_ascii_lowercase();
    let mut bucket = Bucket::new(&key, &owner.unwrap_or_default());
    if let Some(settings) = given.remove("versioningSettings") {
        versioning::apply(
            &mut bucket,
            settings.as_object().cloned().unwrap_or_default(),
        )?;
    }
    if text(&given, "retentionType") == Some("S3") {
        versioning::enable(&mut bucket);
    }
    let branch = call.branch()?;
    let mut state = branch.api.tenant.state();
    if state.buckets.contains_key(&key) {
        return Err(Refusal::exists(&name));
    }
    let mut document = fixtures::item("made namespace");
    merge(
        &mut document,
        state
            .management
            .get("namespaceDefaults")
            .cloned()
            .unwrap_or_default(),
    );
    document.remove("versioningSettings");
    merge(&mut document, given);
    bucket.unversioned_overwrite = overwrite(&document);
    bucket.management.put("", document);
    let http = fixtures::item("made http");
    bucket.management.put("protocols/http", http);
    state.buckets.insert(key, bucket);
    Ok(Out::Nothing)
}

fn overwrite(document: &Document) -> Option<bool> {
    document
        .get("s3UnversionedOverwrite")
        .and_then(Value::as_bool)
}

fn check(given: &Document) -> Result<(), Refusal> {
    let hard = text(given, "hardQuota").filter(|hard| quota(hard).is_none());
    let soft = given.get("softQuota").and_then(Value::as_i64);
    let days = given
        .get("multipartUploadAutoAbortDays")
        .and_then(Value::as_i64);
    let wrong = [
        ("hardQuota", hard.is_some()),
        (
            "softQuota",
            soft.is_some_and(|soft| !(10..=95).contains(&soft)),
        ),
        (
            "multipartUploadAutoAbortDays",
            days.is_some_and(|days| !(0..=180).contains(&days)),
        ),
        (
            "description",
            text(given, "description").is_some_and(|text| text.chars().count() > 1024),
        ),
    ];
    match wrong.iter().find(|(_, wrong)| *wrong) {
        Some((name, _)) => Err(Refusal::bad(format!("Invalid value for property {name}."))),
        None => Ok(()),
    }
}

/// The owner that the document names: a user of the tenant, or somebody in a directory.
fn owner_of(call: &Call<'_>, given: &Document) -> Result<Option<String>, Refusal> {
    let Some(owner) = text(given, "owner") else {
        return Ok(None);
    };
    let external = text(given, "ownerType") == Some("EXTERNAL");
    if owner.is_empty() || external {
        return Ok(Some(owner.to_owned()));
    }
    let user = call.front.users.find(&call.users_of(), owner);
    let user = user.ok_or_else(|| Refusal::bad(format!("There is no user {owner}.")))?;
    Ok(Some(user.username))
}

/// What cannot be taken back: ACLs once used, and compliance mode.
fn irreversible(old: &Document, given: &Document) -> Result<(), Refusal> {
    let acls = text(old, "aclsUsage") != Some("NOT_ENABLED")
        && text(given, "aclsUsage") == Some("NOT_ENABLED");
    let mode = old.get("enterpriseMode") == Some(&json!(false))
        && given.get("enterpriseMode") == Some(&json!(true));
    let retention = text(given, "retentionType");
    let retention = retention.is_some() && retention != text(old, "retentionType");
    if acls || mode || retention {
        return Err(Refusal::forbidden(
            "The change cannot be made to this namespace.",
        ));
    }
    Ok(())
}

pub(crate) fn modify(call: &Call<'_>) -> Result<Out, Refusal> {
    let given = call.admit(false)?;
    check(&given)?;
    let owner = owner_of(call, &given)?;
    let branch = call.branch()?;
    let overwrites = branch.api.tenant.rules.unversioned_overwrite;
    let mut state = branch.api.tenant.state();
    let old = call.name("namespace").to_lowercase();
    let new = text(&given, "name").map_or_else(|| old.clone(), str::to_lowercase);
    let taken = new != old && state.buckets.contains_key(&new);
    let bucket = state.buckets.get_mut(&old);
    let bucket = bucket.ok_or_else(|| Refusal::missing("the namespace"))?;
    irreversible(&known(call, bucket, overwrites), &given)?;
    if new != old {
        let name = text(&given, "name").unwrap_or_default();
        check_rename(bucket, name, taken)?;
        new.clone_into(&mut bucket.name);
    }
    if let Some(owner) = owner {
        bucket.owner = owner;
    }
    bucket.unversioned_overwrite = overwrite(&given).or(bucket.unversioned_overwrite);
    let document = bucket.management.entry("");
    for (name, value) in given {
        document.insert(name, value);
    }
    if let Some(bucket) = state.buckets.remove(&old) {
        state.buckets.insert(new, bucket);
    }
    Ok(Out::Nothing)
}

/// Protocols that name their namespace must be off.
fn check_rename(bucket: &Bucket, new: &str, taken: bool) -> Result<(), Refusal> {
    let on = |path: &str, name: &str| bucket.management.is_true(path, name);
    let made_by_s3 = bucket.management.get("protocols/http").is_none();
    let named = made_by_s3
        || on("protocols/http", "hs3Enabled")
        || on("protocols/cifs", "enabled")
        || on("protocols/nfs", "enabled");
    if named {
        let message = "A namespace with S3, CIFS or NFS enabled cannot be renamed.";
        return Err(Refusal::forbidden(message));
    }
    if !good_name(new) {
        return Err(Refusal::bad(format!("Invalid namespace name: {new}.")));
    }
    if taken {
        return Err(Refusal::exists(new));
    }
    Ok(())
}

/// A namespace that is not empty stays, and so does one of somebody else.
pub(crate) fn remove(call: &Call<'_>) -> Result<Out, Refusal> {
    let (mine, holds) = call.namespace(|bucket| {
        let mine = owns(call, bucket) || call.actor.has_role(A);
        (mine, bucket.holds_objects())
    })?;
    if !mine {
        return Err(Refusal::forbidden("The namespace is somebody else's."));
    }
    if holds {
        return Err(Refusal::forbidden("The namespace is not empty."));
    }
    let branch = call.branch()?;
    let key = call.name("namespace").to_lowercase();
    branch.api.tenant.state().buckets.remove(&key);
    Ok(Out::Nothing)
}

/// S3 needs access control lists.
pub(crate) fn modify_http(call: &Call<'_>) -> Result<Out, Refusal> {
    let given = call.admit(false)?;
    let wants = given.get("hs3Enabled") == Some(&json!(true));
    let without = call.namespace(|bucket| {
        let said = bucket.management.get("");
        said.is_some_and(|said| text(said, "aclsUsage") == Some("NOT_ENABLED"))
    })?;
    if wants && without {
        return Err(Refusal::bad("S3 needs access control lists (aclsUsage)."));
    }
    plain::modify(call)
}

/// Only a namespace in enterprise mode lets a class go.
pub(crate) fn remove_class(call: &Call<'_>) -> Result<Out, Refusal> {
    let complies = call.namespace(|bucket| {
        let said = bucket.management.get("");
        said.is_some_and(|said| said.get("enterpriseMode") == Some(&json!(false)))
    })?;
    if complies {
        let message = "Retention classes cannot be deleted in compliance mode.";
        return Err(Refusal::forbidden(message));
    }
    plain::remove(call)
}
