//! `/api/v1/log` on the admin listener: the operator sees and changes what the log holds.

use std::time::{Duration, SystemTime};

use axum::Json;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use portico_sdk::error::chain;
use portico_sdk::exchange::Arrival;
use portico_sdk::operator::Operator;
use portico_sdk::rest::Routes;
use portico_sdk::{Error, Reason, settings};
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::steering::{Standing, Steering};

/// Where the operator steers the log.
pub(crate) const PATH: &str = "/api/v1/log";

/// A request for another filter is no longer.
const LONGEST: usize = 16 << 10;
/// The longest time for which a filter can be asked for: beyond it the settings are the place.
const LONGEST_TIME: Duration = Duration::from_hours(7 * 24);

/// What the operator asks for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    filter: String,
    /// For how long; else until it is lifted, or the process ends.
    #[serde(rename = "for")]
    time: Option<settings::Duration>,
}

pub(crate) fn routes(operator: Operator) -> Routes {
    let methods = get(show).put(change).delete(lift);
    Routes::new()
        .unlisted(PATH, methods)
        .layered(|router| router.route_layer(middleware::from_fn_with_state(operator, admit)))
        .with_state(())
}

async fn admit(
    State(operator): State<Operator>,
    arrival: Arrival,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    operator.admit_on(&arrival, request.headers())?;
    Ok(next.run(request).await)
}

async fn show() -> Result<Json<Value>, Error> {
    Ok(told(&log()?.standing()))
}

async fn lift() -> Result<Json<Value>, Error> {
    Ok(told(&log()?.lift(None)))
}

async fn change(request: Request) -> Result<Json<Value>, Error> {
    let log = log()?;
    let body = axum::body::to_bytes(request.into_body(), LONGEST).await;
    let body = body.map_err(|_| refused("The request is too long, or broke off."))?;
    let wanted: Wanted = serde_json::from_slice(&body).map_err(|error| {
        let example = r#"{"filter": "info,portico_s3=debug", "for": "10m"}"#;
        refused(format!("expected {example}: {error}"))
    })?;
    let time = wanted.time.map(|time| time.0);
    if time.is_some_and(|time| time.is_zero() || time > LONGEST_TIME) {
        return Err(refused(
            "`for` is more than nothing, and seven days at most",
        ));
    }
    let standing = log.choose(&wanted.filter, time);
    Ok(told(&standing.map_err(|error| refused(chain(&error)))?))
}

/// Where another has started the log, as a test of the whole may, nobody steers it.
fn log() -> Result<std::sync::Arc<Steering>, Error> {
    Steering::of_process().ok_or_else(|| Error::new(Reason::NotFound))
}

fn refused(words: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::with_message(Reason::InvalidRequest, words)
}

fn told(standing: &Standing) -> Json<Value> {
    let until = standing.until.and_then(written);
    Json(json!({
        "filter": standing.filter,
        "configured": standing.configured,
        "until": until,
    }))
}

fn written(time: SystemTime) -> Option<String> {
    let time = OffsetDateTime::from(time).replace_nanosecond(0).ok()?;
    time.format(&Rfc3339).ok()
}
