//! The routes of orchestrators and of Prometheus.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use portico_sdk::exchange::Arrival;
use portico_sdk::readiness::Readiness;
use portico_sdk::rest::Routes;
use portico_sdk::rest::openapi::HttpMethod::Get;
use portico_sdk::route::Listener;
use portico_sdk::{Error, Reason};
use prometheus::TextEncoder;
use serde_json::{Value, json};

use crate::describe;

/// The routes of orchestrators, which ask too often to be worth a line in the log.
pub(crate) const PATHS: [&str; 3] = ["/liveness", "/readiness", "/health"];

/// Whether a path is a health check's. A bucket may have such a name, so the S3 door has none.
pub(crate) fn is_asked(listener: Listener, path: &[u8]) -> bool {
    listener != Listener::S3 && PATHS.iter().any(|probe| probe.as_bytes() == path)
}

/// The route of Prometheus.
pub(crate) const METRICS: &str = "/metrics";

pub(crate) fn routes(readiness: Readiness, metrics: prometheus::Registry) -> Routes {
    let health = Routes::new()
        .on(Get, "/liveness", describe::liveness(), liveness)
        .on(Get, "/readiness", describe::readiness(), ready)
        .on(Get, "/health", describe::health(), health)
        .layered(|router| router.route_layer(middleware::from_fn(get_only)));
    let refuse = |routes: Routes<_>, path| routes.unlisted(path, any(async || not_allowed()));
    let health = PATHS.into_iter().fold(health, refuse).with_state(readiness);
    // For Prometheus, on another listener: no part of the API.
    let metrics = Routes::new()
        .unlisted(METRICS, any(exposition))
        .layered(|router| router.route_layer(middleware::from_fn(get_only)))
        .layered(|router| router.route_layer(middleware::from_fn(admin_only)))
        .with_state(metrics);
    health.merge(metrics)
}

/// HEAD is refused too, as the contract says; axum would answer it with GET's handler.
async fn get_only(request: Request, next: Next) -> Response {
    if request.method() == Method::GET {
        return next.run(request).await;
    }
    not_allowed()
}

fn not_allowed() -> Response {
    let refusal = Error::with_message(Reason::MethodNotAllowed, "Method Not Allowed");
    let mut response = refusal.into_response();
    let allowed = HeaderValue::from_static("GET");
    response.headers_mut().insert(ALLOW, allowed);
    response
}

/// Elsewhere the route does not exist: figures about users are not for everybody.
async fn admin_only(arrival: Arrival, request: Request, next: Next) -> Response {
    if arrival.listener == Listener::Admin {
        return next.run(request).await;
    }
    Error::new(Reason::NotFound).into_response()
}

async fn liveness() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

async fn ready(State(readiness): State<Readiness>) -> (StatusCode, Json<Value>) {
    let checks = readiness.checks();
    let all = checks.values().all(|check| check.ready);
    let words: BTreeMap<_, _> = checks
        .into_iter()
        .map(|(name, check)| (name, check.word))
        .collect();
    let (status, word) = if all {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    };
    (status, Json(json!({"status": word, "checks": words})))
}

async fn health(State(readiness): State<Readiness>) -> Json<Value> {
    let connected = readiness
        .checks()
        .get("cache")
        .is_some_and(|check| check.word == "connected");
    let cache = if connected { "connected" } else { "disabled" };
    Json(json!({"status": "ok", "cache": cache}))
}

async fn exposition(State(metrics): State<prometheus::Registry>) -> Result<Response, Error> {
    let text = TextEncoder::new()
        .encode_to_string(&metrics.gather())
        .map_err(|error| Error::new(Reason::InternalError).because(error))?;
    let content_type = HeaderValue::from_static(prometheus::TEXT_FORMAT);
    Ok(([(CONTENT_TYPE, content_type)], text).into_response())
}
