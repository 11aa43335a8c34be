//! Objects: listing, storing, reading, deleting and copying them.

mod acl;
mod copy;
mod delete;
pub(crate) mod describe;
mod folder;
mod get;
mod head;
mod if_range;
mod list;
mod many;
mod presign;
mod put;

use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::Method;
use http::header::{ALLOW, HeaderValue};
use portico_sdk::invalid::Refusal;
use portico_sdk::jobs::{JobRequest, JobRoutes};
use portico_sdk::rest::Routes;
use portico_sdk::rest::openapi::HttpMethod::Get;
use portico_sdk::{Error, Reason};

use crate::ask::Ask;
use crate::desk::Desk;
use crate::keys::{self, Action};

pub(crate) use list::PAGE;

const ALL: &str = "/api/v1/buckets/{bucket}/objects";

pub(crate) fn routes(jobs: Option<&dyn JobRoutes>) -> Routes<Arc<Desk>> {
    let jobs = jobs.map(|jobs| jobs.operations(ALL)).unwrap_or_default();
    let operations = describe::below().into_iter().chain(jobs);
    Routes::new()
        .on(Get, ALL, describe::list(), list::list)
        .below(ALL, operations, below)
}

/// Everything below `…/objects/`: keys may hold anything, so the path is read here.
async fn below(ask: Ask, request: Request) -> Response {
    let rest = match keys::rest(request.uri().path()) {
        Ok(rest) => rest,
        Err(error) => return error.into_response(),
    };
    let (action, key) = keys::action(request.method(), &rest);
    let answered = answer(&ask, action, key, request).await;
    answered.unwrap_or_else(Refusal::into_response)
}

async fn answer(
    ask: &Ask,
    action: Action,
    key: &str,
    request: Request,
) -> Result<Response, Refusal> {
    match action {
        Action::Object => object(ask, key, request).await,
        Action::Acl => {
            keys::check_key(key)?;
            match *request.method() {
                Method::PUT => acl::set(ask, key, request).await,
                _ => Ok(acl::get(ask, key).await?),
            }
        }
        Action::Copy => {
            keys::check_key(key)?;
            copy::copy(ask, key, request).await
        }
        Action::Delete => many::delete(ask, request).await,
        Action::Folder => folder::make(ask, request).await,
        Action::Presign => presign::presign(ask, request).await,
        Action::Job => job(ask, key, request).await,
    }
}

async fn job(ask: &Ask, rest: &str, request: Request) -> Result<Response, Refusal> {
    let words = "Jobs in the background are not part of this house";
    let none = || Error::with_message(Reason::NotImplemented, words);
    let asked = JobRequest {
        caller: ask.caller.clone(),
        bucket: ask.bucket.clone(),
        rest: rest.to_owned(),
        request,
    };
    Ok(ask.desk.jobs.as_ref().ok_or_else(none)?.serve(asked).await)
}

async fn object(ask: &Ask, key: &str, request: Request) -> Result<Response, Refusal> {
    let method = request.method();
    if ![Method::GET, Method::HEAD, Method::POST, Method::DELETE].contains(method) {
        return Ok(not_allowed("GET, HEAD, POST, DELETE"));
    }
    keys::check_key(key)?;
    if method == Method::POST {
        return put::put(ask, key, request).await;
    }
    let (head, _) = request.into_parts();
    match head.method {
        Method::HEAD => Ok(head::head(ask, key, &head).await?),
        Method::DELETE => Ok(delete::delete(ask, key, &head).await?),
        _ => Ok(get::get(ask, key, &head).await?),
    }
}

/// 405, with the methods that the path has (RFC 9110 section 10.2.1).
pub(crate) fn not_allowed(methods: &'static str) -> Response {
    let refusal = Error::with_message(Reason::MethodNotAllowed, "Method Not Allowed");
    let mut response = refusal.into_response();
    let methods = HeaderValue::from_static(methods);
    response.headers_mut().insert(ALLOW, methods);
    response
}
