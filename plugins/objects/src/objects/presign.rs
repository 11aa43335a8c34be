//! `POST …/objects/presign`: a link to each of many objects.

use std::time::Duration;

use axum::Json;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::Method;
use http::header::CACHE_CONTROL;
use portico_hcp::document::{Bounds, Kind, Model, Preset};
use portico_sdk::Error;
use portico_sdk::invalid::{Issue, Refusal};
use portico_sdk::tokens::Permit;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::ask::Ask;
use crate::document::{Document, preset, required};
use crate::keys;

/// What a client sends.
pub(super) const PRESIGN: Model = Model {
    name: "BulkPresignRequest",
    fields: &[
        required("keys", Kind::List(&Kind::Text)),
        preset("method", Kind::Text, Preset::Text("get_object")),
        preset("expires_in", Kind::Int, Preset::Int(3600)),
    ],
};

/// The life of a link, in seconds.
const LIFETIME: Bounds = Bounds::new(1, 604_800);

/// One link.
#[derive(Serialize, ToSchema)]
struct BulkPresignItem {
    key: String,
    url: String,
}

/// The answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct BulkPresignResponse {
    /// In the order of the keys; those that can have no link are left out.
    urls: Vec<BulkPresignItem>,
    /// Seconds.
    expires_in: u64,
}

pub(super) async fn presign(ask: &Ask, request: Request) -> Result<Response, Refusal> {
    let mut document = Document::read(request, &PRESIGN).await?;
    let (keys, method) = (document.texts("keys"), document.text("method"));
    let seconds = document.int("expires_in", LIFETIME).unsigned_abs();
    if keys.is_empty() {
        document.fault(too_few());
    }
    document.done()?;
    let lifetime = Duration::from_secs(seconds);
    let given = match method.as_deref() {
        Some("get_object") => links(ask, &Method::GET, keys, lifetime)?,
        Some("put_object") => links(ask, &Method::PUT, keys, lifetime)?,
        // Of a method that nobody knows there are no links, and no refusal either.
        _ => Vec::new(),
    };
    let given = BulkPresignResponse {
        urls: given,
        expires_in: seconds,
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(given)).into_response())
}

fn links(
    ask: &Ask,
    method: &Method,
    names: Vec<String>,
    lifetime: Duration,
) -> Result<Vec<BulkPresignItem>, Error> {
    let presigner = ask.desk.presigner()?;
    let good = names
        .into_iter()
        .filter(|key| keys::check_key(key).is_ok() && !key.contains('\0'));
    good.map(|key| {
        let permit = Permit {
            method: method.clone(),
            bucket: ask.bucket.clone(),
            key: key.clone(),
            part: None,
        };
        let url = presigner.presign(&ask.caller, permit, lifetime)?;
        Ok(BulkPresignItem { key, url })
    })
    .collect()
}

fn too_few() -> Issue {
    let words = "List should have at least 1 item after validation, not 0";
    let issue = Issue::new("too_short", ["body", "keys"], words).input(json!([]));
    issue.context(json!({"field_type": "List", "min_length": 1, "actual_length": 0}))
}
