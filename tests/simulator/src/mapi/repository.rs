//! What the system says of itself: statistics, nodes, services, licences.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::assumptions::LicenseNames;
use super::call::{Body, Call, Out, text};
use super::figures::Figures;
use super::fixtures;
use super::plain;
use super::refusal::Refusal;
use crate::store::Document;

fn out(document: Value) -> Out {
    match document {
        Value::Object(document) => Out::Document(document),
        _ => Out::Nothing,
    }
}

fn statistics(figures: Figures) -> Out {
    out(json!({
        "objectCount": figures.objects,
        "ingestedVolume": figures.ingested,
        "storageCapacityUsed": figures.used,
        "customMetadataCount": figures.annotations,
        "customMetadataSize": figures.annotation_bytes,
        "shredCount": 0,
        "shredSize": 0,
    }))
}

fn soon() -> OffsetDateTime {
    OffsetDateTime::now_utc() + time::Duration::HOUR
}

pub(crate) fn of_namespace(call: &Call<'_>) -> Result<Out, Refusal> {
    call.namespace(|bucket| statistics(Figures::of(bucket, soon())))
}

pub(crate) fn of_tenant(call: &Call<'_>) -> Result<Out, Refusal> {
    let branch = call.branch()?;
    let mut sum = Figures::default();
    for bucket in branch.api.tenant.state().buckets.values() {
        sum.add(Figures::of(bucket, soon()));
    }
    Ok(statistics(sum))
}

fn millis() -> i64 {
    let now = OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000;
    i64::try_from(now).unwrap_or_default()
}

/// The nodes as they are drawn, with the time of asking.
fn asked_now(call: &Call<'_>) -> Result<Document, Refusal> {
    let mut document = plain::kept(call)?;
    document.insert("requestTime".to_owned(), json!(millis()));
    Ok(document)
}

pub(crate) fn nodes(call: &Call<'_>) -> Result<Out, Refusal> {
    let mut document = asked_now(call)?;
    let nodes = document
        .get_mut("nodes")
        .and_then(|nodes| nodes.get_mut("node"));
    for node in nodes.and_then(Value::as_array_mut).into_iter().flatten() {
        node["collectionTimestamp"] = json!(millis());
    }
    Ok(Out::Document(document))
}

pub(crate) fn services(call: &Call<'_>) -> Result<Out, Refusal> {
    Ok(Out::Document(asked_now(call)?))
}

/// The licence in use, and with `verbose=true` all that there have been.
pub(crate) fn licenses(call: &Call<'_>) -> Result<Out, Refusal> {
    let mut all = kept_licenses(call);
    if !call.query.is_true("verbose") {
        all = all.split_off(all.len().saturating_sub(1));
    }
    let records = all
        .into_iter()
        .map(|license| named(call, license))
        .collect();
    Ok(Out::Records {
        name: "license",
        records,
        columns: &[],
    })
}

pub(crate) fn license(call: &Call<'_>) -> Result<Out, Refusal> {
    let mut all = kept_licenses(call).into_iter();
    let wanted = call.last_name();
    let found = all.find(|license| text(license, "serialNumber") == Some(wanted));
    let found = found.ok_or_else(|| Refusal::missing("the licence"))?;
    Ok(Out::Document(named(call, found)))
}

/// By date of upload, the latest last.
fn kept_licenses(call: &Call<'_>) -> Vec<Document> {
    let documents = call.front.mapi.documents();
    let mut all: Vec<Document> = documents.children("storage/licenses").cloned().collect();
    all.sort_by_key(|license| text(license, "uploadDate").unwrap_or_default().to_owned());
    all
}

fn named(call: &Call<'_>, mut license: Document) -> Document {
    if !call.query.is_true("verbose") {
        license.remove("uploadDate");
    }
    if call.assumptions.license_names == LicenseNames::Example {
        for (table, example) in [
            ("localCapacity", "activeCapacity"),
            ("feature", "licenseType"),
        ] {
            if let Some(value) = license.remove(table) {
                license.insert(example.to_owned(), value);
            }
        }
    }
    license
}

/// A key is a text; what is in it is between the vendor and the customer.
pub(crate) fn add_license(call: &Call<'_>) -> Result<Out, Refusal> {
    let key = file(call)?;
    let number: u64 = key.iter().fold(7, |sum: u64, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(*byte))
    });
    let number = (number % 90_000 + 10_000).to_string();
    let mut license = fixtures::item("storage/licenses");
    license.insert("serialNumber".to_owned(), json!(number));
    let today = super::namespaces::iso(None);
    license.insert("uploadDate".to_owned(), json!(today));
    let path = format!("storage/licenses/{number}");
    call.front.mapi.documents().put(&path, license);
    Ok(Out::Nothing)
}

/// The file that was sent.
pub(crate) fn file<'a>(call: &'a Call<'_>) -> Result<&'a [u8], Refusal> {
    match &call.body {
        Body::File(data) => Ok(data),
        _ => Err(Refusal::bad("The request body is missing.")),
    }
}

pub(crate) fn add_credentials(call: &Call<'_>) -> Result<Out, Refusal> {
    file(call)?;
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let mut credentials = plain::kept(call)?;
    let said = json!({"type": "Exclusive", "applyTimeStamp": now, "createTimeStamp": now});
    credentials.extend(said.as_object().cloned().unwrap_or_default());
    let path = call.path();
    call.front.mapi.documents().put(&path, credentials);
    Ok(Out::Nothing)
}
