//! The bridge from the handle phase to axum routers, written once for every REST plugin, and the
//! document of what those routers serve.

mod compress;
mod description;
mod document;
mod events;
pub mod ranges;
mod routes;
mod slash;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use axum::extract::{FromRequestParts, MatchedPath, Request};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, ALLOW, ORIGIN};
use http::request::Parts;
use http::{Method, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::body::Body;
use crate::dialect;
use crate::error::{Error, Reason};
use crate::exchange::{Arrival, Exchange, Head, Matched, ProofRefused};
use crate::phase::{Handle, Handled};
use crate::principal::Principal;
use crate::reply::Reply;
use crate::route::Door;

pub use description::{Description, Shape};
pub use document::Document;
pub use events::events;
pub use routes::Routes;
pub(crate) use slash::Templates;
/// The types of descriptions.
pub use utoipa::openapi;

/// The paths under which a caller needs no credential.
#[derive(Debug, Clone, Default)]
pub struct PublicRoutes {
    open: BTreeSet<&'static str>,
    operator: BTreeSet<&'static str>,
}

impl PublicRoutes {
    /// Opens one exact path.
    pub fn add(&mut self, path: &'static str) {
        self.open.insert(path);
    }

    /// Opens one exact path on the admin listener alone, where its handler asks for the operator's
    /// token.
    pub fn add_for_operator(&mut self, path: &'static str) {
        self.operator.insert(path);
    }

    /// Whether the path is open.
    #[must_use]
    pub fn contains(&self, path: &str) -> bool {
        self.open.contains(path)
    }

    /// Whether the path is the operator's.
    #[must_use]
    pub fn is_operators(&self, path: &str) -> bool {
        self.operator.contains(path)
    }
}

/// Whether a request only asks if another may be made (Fetch standard, "CORS-preflight request"). It
/// carries no proof of anything, so it may be answered to anybody.
#[must_use]
pub fn is_preflight(head: &Head) -> bool {
    let asks = |name| head.headers().contains_key(name);
    head.method() == Method::OPTIONS && asks(ORIGIN) && asks(ACCESS_CONTROL_REQUEST_METHOD)
}

/// The handler that answers everything that is not S3.
pub(crate) struct Rest {
    router: axum::Router,
    templates: Templates,
}

impl Rest {
    pub(crate) fn new(router: axum::Router, templates: Templates) -> Self {
        Self {
            templates,
            router: router
                .fallback(|| async { Error::new(Reason::NotFound) })
                .method_not_allowed_fallback(|| async {
                    Error::with_message(Reason::MethodNotAllowed, "Method Not Allowed")
                })
                .layer(compress::layer())
                .layer(middleware::from_fn(tell_route)),
        }
    }
}

#[async_trait]
impl Handle for Rest {
    async fn handle(&self, exchange: &mut Exchange, body: Body) -> Result<Handled, Error> {
        if !matches!(exchange.route.door, Door::Rest { .. }) {
            return Ok(Handled::Next(body));
        }
        if let Some(redirect) = self.templates.redirect(exchange) {
            return Ok(Handled::Reply(redirect));
        }
        let (body, broken) = watched(body);
        let request = request(exchange, body);
        let mut response = match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        if let Some(said) = response.extensions_mut().remove::<StoreSaid>() {
            said.note(exchange);
        }
        if let Some(matched) = response.extensions_mut().remove::<Matched>() {
            exchange.extensions.insert(matched);
        }
        if let Some(error) = broken.reason_of(&response) {
            return Err(error);
        }
        match refusal(response) {
            Ok(error) => Err(error),
            Err(response) => Ok(Handled::Reply(reply(*response))),
        }
    }
}

/// Which route answers is known inside the router alone.
async fn tell_route(request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(path) = path {
        let matched = Matched(path.as_str().into());
        response.extensions_mut().insert(matched);
    }
    response
}

/// What the store said to a request, as an extension of the response that is made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreSaid {
    /// See [`Outcome::store_status`](crate::exchange::Outcome::store_status).
    pub status: StatusCode,
    /// Whether it called the proof wrong, in words that the response does not repeat.
    pub proof_refused: bool,
}

impl StoreSaid {
    fn note(self, exchange: &mut Exchange) {
        exchange.outcome.store_status = Some(self.status);
        if self.proof_refused {
            exchange.extensions.insert(ProofRefused);
        }
    }
}

/// Why the body of a request ended early, if it did. Extractors know only that it did.
struct Broken(Arc<OnceLock<Error>>);

/// The body, and where its error is kept.
fn watched(body: Body) -> (Body, Broken) {
    let broken = Arc::new(OnceLock::new());
    let kept = Arc::clone(&broken);
    let body = body.map_err(move |error| {
        let told = Error::new(error.reason());
        // A body has one end.
        let _ = kept.set(error);
        told
    });
    (body.boxed_unsync(), Broken(broken))
}

impl Broken {
    /// The error that a handler which had to give up could not name.
    fn reason_of(self, response: &Response) -> Option<Error> {
        let failed = response.status().is_client_error() || response.status().is_server_error();
        Arc::into_inner(self.0)?.into_inner().filter(|_| failed)
    }
}

/// The error of a handler, whole: the pipeline words it with the request's id and logs its cause.
///
/// One that says `Allow` stays as it is: axum knows the methods, the error does not.
fn refusal(mut response: Response) -> Result<Error, Box<Response>> {
    if response.headers().contains_key(ALLOW) {
        return Err(Box::new(response));
    }
    let refused = response.extensions_mut().remove::<Refused>();
    let error = refused.and_then(|refused| Arc::into_inner(refused.0));
    error.ok_or_else(|| Box::new(response))
}

/// The error that a response was made from.
#[derive(Clone)]
struct Refused(Arc<Error>);

fn request(exchange: &Exchange, body: Body) -> http::Request<axum::body::Body> {
    let mut parts = exchange.head.parts.clone();
    parts.extensions.insert(RequestId(exchange.id.clone()));
    parts.extensions.insert(exchange.arrival);
    parts
        .extensions
        .insert(Authority(exchange.head.authority.clone()));
    if let Some(principal) = &exchange.principal {
        parts.extensions.insert(Caller(principal.clone()));
    }
    http::Request::from_parts(parts, axum::body::Body::new(body))
}

fn reply(response: Response) -> Reply {
    let (parts, body) = response.into_parts();
    Reply {
        status: parts.status,
        headers: parts.headers,
        body: body
            .map_err(|error| Error::new(Reason::InternalError).because(error))
            .boxed_unsync(),
    }
}

/// The id of the request, as a request extension.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// The authority that the client asked for, as a request extension.
#[derive(Debug, Clone)]
pub struct Authority(pub String);

/// The principal, as an extractor; without one the answer is 401.
#[derive(Debug, Clone)]
pub struct Caller(pub Principal);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Error> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Error::new(Reason::NotAuthenticated))
    }
}

/// Where the request came from, as an extractor; absent only outside the house.
impl<S: Sync> FromRequestParts<S> for Arrival {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Error> {
        parts
            .extensions
            .get::<Self>()
            .copied()
            .ok_or_else(|| Error::new(Reason::InternalError).because("no arrival"))
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let reply = dialect::rest(&self, None);
        let mut response = Response::new(axum::body::Body::new(reply.body));
        *response.status_mut() = reply.status;
        *response.headers_mut() = reply.headers;
        response.extensions_mut().insert(Refused(Arc::new(self)));
        response
    }
}
