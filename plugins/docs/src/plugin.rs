//! The plugin: two routes, and the document once every other plugin has told its own.

use std::sync::{Arc, OnceLock};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::header::{REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use portico_sdk::exchange::Arrival;
use portico_sdk::rest::openapi::Server;
use portico_sdk::rest::{Document, Routes};
use portico_sdk::route::Listener;
use portico_sdk::settings::Fault;
use portico_sdk::{Error, Plugin, Reason, Registry};

use crate::page::Page;
use crate::settings::{NAME, Settings};

const DOCUMENT: &str = "/openapi.json";
const PAGE: &str = "/docs";

/// Nothing of a document may run, load or be framed.
const INERT: &str = "default-src 'none'; frame-ancestors 'none'";

/// The document and its page.
#[derive(Debug, Clone, Copy)]
pub struct Docs;

impl Plugin for Docs {
    const NAME: &'static str = NAME;
    type Settings = Settings;

    fn install(settings: Settings, registry: &mut Registry) -> Result<(), Fault> {
        settings.check()?;
        if !settings.enabled {
            return Ok(());
        }
        registry.public(DOCUMENT);
        registry.public(PAGE);
        let shelf = Shelf {
            document: registry.document(),
            root_path: settings.root_path,
            written: OnceLock::new(),
            page: Page::new(),
        };
        let routes = Routes::new()
            .unlisted(DOCUMENT, get(document))
            .unlisted(PAGE, get(page));
        registry.rest(routes.with_state(Arc::new(shelf)));
        Ok(())
    }
}

struct Shelf {
    document: Document,
    root_path: String,
    written: OnceLock<Bytes>,
    page: Page,
}

impl Shelf {
    /// The document as JSON, written once.
    fn written(&self) -> Result<Bytes, Error> {
        if let Some(written) = self.written.get() {
            return Ok(written.clone());
        }
        let failed = || Error::new(Reason::InternalError);
        let document = self.document.get();
        let mut document = document
            .ok_or_else(|| failed().because("not built"))?
            .clone();
        if !self.root_path.is_empty() {
            document.servers = Some(vec![Server::new(&self.root_path)]);
        }
        let json = document
            .to_json()
            .map_err(|error| failed().because(error))?;
        Ok(self.written.get_or_init(|| json.into()).clone())
    }
}

async fn document(State(shelf): State<Arc<Shelf>>, arrival: Arrival) -> Result<Response, Error> {
    serve(&arrival, "application/json", INERT, shelf.written()?)
}

async fn page(State(shelf): State<Arc<Shelf>>, arrival: Arrival) -> Result<Response, Error> {
    let Page { policy, html } = &shelf.page;
    serve(&arrival, "text/html; charset=utf-8", policy, html.clone())
}

/// The admin listener has other routes than those that the document tells.
fn serve(
    arrival: &Arrival,
    kind: &'static str,
    policy: &str,
    body: Bytes,
) -> Result<Response, Error> {
    if arrival.listener == Listener::Admin {
        return Err(Error::new(Reason::NotFound));
    }
    let policy = HeaderValue::from_str(policy);
    let policy = policy.map_err(|error| Error::new(Reason::InternalError).because(error))?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(kind)),
        (CONTENT_SECURITY_POLICY, policy),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        // After an update the page and the document change together.
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    Ok((headers, body).into_response())
}
