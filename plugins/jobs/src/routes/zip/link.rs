//! Links to instant archives, which a browser follows without a header.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, HeaderName, HeaderValue, REFERRER_POLICY};
use http::{HeaderMap, Method, StatusCode};
use portico_sdk::rest::openapi::HttpMethod::Get;
use portico_sdk::rest::openapi::Required;
use portico_sdk::rest::{Description, Routes, Shape};
use portico_sdk::{Error, Principal, Reason};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::stream;
use crate::figures::Archives;
use crate::kinds::Selection;
use crate::routes::Desk;

/// Where links lead. The name of the parameter has the access log hide its value.
pub(crate) const PATH: &str = "/api/v1/downloads/zip";

/// What is kept behind a link.
#[derive(Serialize, Deserialize)]
struct Behind {
    bucket: String,
    selection: Selection,
}

/// A link.
#[derive(Serialize, ToSchema)]
pub(in crate::routes) struct ZipLinkResponse {
    /// Where the archive is, once. A path below the API's own address, unless `jobs.public_url` is set.
    url: String,
    /// Seconds.
    expires_in: u64,
    /// Objects in the archive, as it would be now.
    total: u64,
    /// The length of the archive, in bytes, as it would be now.
    length: u64,
}

/// Gives a link, if there would be an archive behind it now.
pub(super) async fn give(
    desk: &Desk,
    caller: &Principal,
    bucket: String,
    selection: Selection,
) -> Result<Response, Error> {
    let prepared = stream::prepare(desk, caller, &bucket, selection.clone()).await?;
    let behind = Behind { bucket, selection };
    let token = desk.engine.leave(caller, &behind, desk.link_ttl).await?;
    let link = ZipLinkResponse {
        url: format!("{}{PATH}?token={token}", desk.public_url),
        expires_in: desk.link_ttl.as_secs(),
        total: prepared.total(),
        length: prepared.length(),
    };
    Ok(discreet(Json(link).into_response()))
}

/// The route of links, open to everyone.
pub(crate) fn routes(desk: Arc<Desk>) -> Routes {
    Routes::new()
        .on(Get, PATH, description(), follow)
        .with_state(desk)
}

fn description() -> Description {
    Description::new("jobs", "followZipLink", "An archive, through a link")
        .details("The link is good for one `GET`; `HEAD` and previews do not use it up.")
        .query(
            "token",
            Shape::text(),
            Required::True,
            "As the link has it.",
        )
        .answer_of(200, "The archive.", "application/zip", Shape::bytes())
        .refusal(404, "The link was used, or is too old, or never was one.")
        .refusal(429, "There are too many archives on their way.")
}

#[derive(Deserialize)]
struct Given {
    token: Option<String>,
}

async fn follow(
    State(desk): State<Arc<Desk>>,
    method: Method,
    headers: HeaderMap,
    Query(given): Query<Given>,
) -> Response {
    let token = given.token.unwrap_or_default();
    let answered = archive(&desk, &method, &headers, &token).await;
    discreet(answered.unwrap_or_else(Error::into_response))
}

/// A link is used up when everything is ready and the next thing is to send it: of two who follow it at
/// the same moment one has it, and whoever could not be served may try again.
async fn archive(
    desk: &Desk,
    method: &Method,
    headers: &HeaderMap,
    token: &str,
) -> Result<Response, Error> {
    let (caller, behind): (_, Behind) = desk.engine.left(token).await?.ok_or_else(gone)?;
    if is_preview(headers) {
        return Ok(StatusCode::SERVICE_UNAVAILABLE.into_response());
    }
    let prepared = stream::prepare(desk, &caller, &behind.bucket, behind.selection).await?;
    if method == Method::HEAD {
        return Ok(prepared.head());
    }
    if !desk.engine.take(token).await? {
        return Err(gone());
    }
    Ok(prepared.send(desk, Archives::LINK))
}

/// Whether somebody only looks ahead (Fetch standard, "`Sec-Purpose`", and what came before it).
fn is_preview(headers: &HeaderMap) -> bool {
    let names = ["sec-purpose", "purpose", "x-purpose", "x-moz"];
    let values = names
        .iter()
        .filter_map(|name| headers.get(*name)?.to_str().ok());
    let mut values = values.map(str::to_ascii_lowercase);
    values.any(|value| {
        ["prefetch", "prerender", "preview"]
            .iter()
            .any(|word| value.contains(word))
    })
}

fn gone() -> Error {
    Error::with_message(Reason::NotFound, "The link was used, or is too old")
}

/// Neither link nor archive stays anywhere, and nobody is told where the reader came from.
fn discreet(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let name = HeaderName::from_static("x-content-type-options");
    headers.insert(name, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_only_looks_ahead_is_known() {
        let of = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            is_preview(&headers)
        };
        assert!(of("sec-purpose", "prefetch;prerender"));
        assert!(of("purpose", "Preview"));
        assert!(of("x-moz", "prefetch"));
        assert!(!of("sec-fetch-dest", "document"));
    }
}
