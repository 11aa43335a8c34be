//! Management as REST: every route of the contract from one table, interpreted by one handler.
//!
//! | room | question |
//! |---|---|
//! | `words`, `models` | which documents are there, and what is in them? |
//! | `row`, `table` | which routes are there, and what does each ask of HCP? |
//! | `handle` | what happens to one request? |
//! | `names`, `params` | is what the client sent in order, and what of it goes to HCP? |
//! | `answer` | what does the client get of HCP's answer? |
//! | `ended` | whose passwords are good no longer after this? |
//! | `upload`, `export` | files, and templates of namespaces |
//! | `describe` | the same in OpenAPI's terms |
//!
//! How documents are checked and shaped stands in [`portico_hcp::document`].

mod answer;
mod describe;
mod ended;
mod export;
mod handle;
mod models;
mod names;
mod params;
mod row;
mod table;
#[cfg(test)]
mod tests;
mod upload;
mod words;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, any, on};
use http::header::{ALLOW, HeaderValue};
use portico_sdk::invalid::Refusal;
use portico_sdk::rest::{Caller, Routes};
use portico_sdk::{Error, Reason};

pub(crate) use handle::Desk;
use row::Row;

/// Where the routes are.
const ROOT: &str = "/api/v1/mapi";

/// Where they are for front ends that ask the system's resources below a segment of their own.
const ALIAS: &str = "/api/v1/mapi/system";

/// All routes, with their descriptions.
pub(crate) fn routes(desk: Desk) -> Routes {
    let mut routes = table::rows().fold(Routes::new(), described);
    for path in table::paths() {
        let unlisted = table::hidden(path).fold(routes, |routes, row| at(routes, path, row));
        let refuse = move || async move { not_allowed(path) };
        routes = [ROOT, ALIAS].into_iter().fold(unlisted, |routes, root| {
            routes.unlisted(&format!("{root}{path}"), any(refuse))
        });
    }
    let routes = routes.layered(|router| router.layer(DefaultBodyLimit::disable()));
    routes.with_state(Arc::new(desk))
}

type Served = Routes<Arc<Desk>>;

/// A row where the contract has it, described, and at its other place.
fn described(routes: Served, row: &'static Row) -> Served {
    let path = format!("{ROOT}{}", row.path);
    let answer = move |desk, caller, request| answer(row, desk, caller, request);
    let routes = routes.on(row.verb.told(), &path, describe::row(row), answer);
    routes.unlisted(&format!("{ALIAS}{}", row.path), serve(row))
}

/// A row at a path that another route has for itself, for this method not.
fn at(routes: Served, path: &str, row: &'static Row) -> Served {
    [ROOT, ALIAS].into_iter().fold(routes, |routes, root| {
        routes.unlisted(&format!("{root}{path}"), serve(row))
    })
}

/// The route of one row.
fn serve(row: &'static Row) -> MethodRouter<Arc<Desk>> {
    let answer = move |desk, caller, request| answer(row, desk, caller, request);
    on(row.verb.filter(), answer)
}

async fn answer(
    row: &'static Row,
    State(desk): State<Arc<Desk>>,
    Caller(caller): Caller,
    request: Request,
) -> Response {
    // axum gives HEAD to the handlers of GET.
    if request.method() != row.verb.method() {
        return not_allowed(row.path);
    }
    let path = request.uri().path();
    let below = path
        .strip_prefix(ALIAS)
        .filter(|rest| rest.starts_with('/'));
    let below = below.or_else(|| path.strip_prefix(ROOT)).unwrap_or(path);
    let below = below.to_owned();
    let answered = handle::handle(row, &desk, &caller, &below, request).await;
    answered.unwrap_or_else(Refusal::into_response)
}

/// 405, with the methods that the path has (RFC 9110 section 10.2.1).
fn not_allowed(path: &str) -> Response {
    let refusal = Error::with_message(Reason::MethodNotAllowed, "Method Not Allowed");
    let mut response = refusal.into_response();
    let methods = table::verbs(path).map(|verb| verb.method().to_string());
    let methods = methods.collect::<Vec<_>>().join(", ");
    if let Ok(methods) = HeaderValue::try_from(methods) {
        response.headers_mut().insert(ALLOW, methods);
    }
    response
}
