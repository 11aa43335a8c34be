//! Versioning of a namespace, which S3 sees as the versioning of its bucket.

use serde_json::{Value, json};

use super::call::{Call, Out};
use super::namespaces::owns;
use super::refusal::Refusal;
use super::who::{A, MA};
use crate::store::{Bucket, Document, Versioning};

const PATH: &str = "versioningSettings";

fn known(bucket: &Bucket) -> Document {
    let settings = json!({"keepDeletionRecords": true, "prune": false, "pruneDays": 0, "useDeleteMarkers": false});
    let mut settings = settings.as_object().cloned().unwrap_or_default();
    settings.extend(bucket.management.get(PATH).cloned().unwrap_or_default());
    let enabled = bucket.versioning == Versioning::Enabled;
    settings.insert("enabled".to_owned(), json!(enabled));
    settings
}

/// Managers of namespaces see and change what is theirs.
fn check(call: &Call<'_>, bucket: &Bucket, who: super::who::Who) -> Result<(), Refusal> {
    if call.actor.has_role(who) || owns(call, bucket) {
        return Ok(());
    }
    Err(Refusal::forbidden("The namespace is somebody else's."))
}

pub(crate) fn read(call: &Call<'_>) -> Result<Out, Refusal> {
    let settings = call.namespace(|bucket| {
        check(call, bucket, MA)?;
        Ok::<_, Refusal>(known(bucket))
    })??;
    Ok(call.show(settings))
}

pub(crate) fn modify(call: &Call<'_>) -> Result<Out, Refusal> {
    let given = call.admit(false)?;
    call.namespace(|bucket| {
        check(call, bucket, A)?;
        apply(bucket, given)
    })??;
    Ok(Out::Nothing)
}

/// Back to what a namespace has that nobody has touched. Versions stay.
pub(crate) fn reset(call: &Call<'_>) -> Result<Out, Refusal> {
    call.namespace(|bucket| {
        check(call, bucket, A)?;
        bucket.management.remove(PATH);
        disable(bucket);
        Ok::<_, Refusal>(())
    })??;
    Ok(Out::Nothing)
}

fn disable(bucket: &mut Bucket) {
    if bucket.versioning == Versioning::Enabled {
        bucket.versioning = Versioning::Suspended;
    }
}

/// What `retentionType=S3` brings with it.
pub(crate) fn enable(bucket: &mut Bucket) {
    bucket.versioning = Versioning::Enabled;
    let settings = bucket.management.entry(PATH);
    settings.insert("useDeleteMarkers".to_owned(), json!(true));
}

/// Older names mean the newer ones; what they said of replicas has no effect any more.
pub(crate) fn apply(bucket: &mut Bucket, mut given: Document) -> Result<(), Refusal> {
    for (older, newer) in [("pruneOnPrimary", "prune"), ("daysOnPrimary", "pruneDays")] {
        if let Some(value) = given.remove(older) {
            if given.contains_key(newer) {
                return Err(Refusal::bad(format!("{older} and {newer} are the same.")));
            }
            given.insert(newer.to_owned(), value);
        }
    }
    given.retain(|name, _| name != "pruneOnReplica" && name != "daysOnReplica");
    let days = given.get("pruneDays").and_then(Value::as_i64);
    if days.is_some_and(|days| !(0..=36_500).contains(&days)) {
        return Err(Refusal::bad("Invalid value for property pruneDays."));
    }
    let enabled = given
        .remove("enabled")
        .and_then(|enabled| enabled.as_bool());
    if enabled == Some(true) {
        check_protocols(bucket)?;
        bucket.versioning = Versioning::Enabled;
    } else if enabled == Some(false) {
        disable(bucket);
    }
    let settings = bucket.management.entry(PATH);
    let marks = settings.get("useDeleteMarkers") == Some(&json!(true));
    if marks && given.get("useDeleteMarkers") == Some(&json!(false)) {
        return Err(Refusal::forbidden("Delete markers cannot be switched off."));
    }
    settings.extend(given);
    Ok(())
}

/// Protocols that know no versions must be off.
fn check_protocols(bucket: &Bucket) -> Result<(), Refusal> {
    let on = |path: &str, name: &str| bucket.management.is_true(path, name);
    let blocked = on("", "appendEnabled")
        || on("protocols/http", "webdavEnabled")
        || ["cifs", "nfs", "smtp"]
            .iter()
            .any(|protocol| on(&format!("protocols/{protocol}"), "enabled"));
    if blocked {
        let message = "Versioning cannot be enabled with these protocols.";
        return Err(Refusal::forbidden(message));
    }
    Ok(())
}
