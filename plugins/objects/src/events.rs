//! `GET /api/v1/uploads/{id}/events`: how far an upload has come, as server-sent events (HTML standard,
//! section 9.2).

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::Response;
use futures_util::stream::unfold;
use portico_sdk::rest::openapi::HttpMethod::Get;
use portico_sdk::rest::{self, Caller, Description, Routes, Shape};
use portico_sdk::{Error, Reason};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::desk::Desk;
use crate::upload::{Status, UploadProgress};

const EVENTS: &str = "/api/v1/uploads/{id}/events";
/// The least time between two events.
const PACE: Duration = Duration::from_millis(200);

pub(crate) fn routes() -> Routes<Arc<Desk>> {
    Routes::new().on(Get, EVENTS, description(), events)
}

fn description() -> Description {
    let shape = Shape::text().beside(Shape::of::<UploadProgress>());
    Description::new("uploads", "uploadEvents", "How far an upload has come")
        .details(
            "For an upload that was sent with a header `X-Upload-ID`, by the same credential, to this \
             process. Each event is a JSON document `UploadProgress`; the last one is no longer \
             `uploading`.",
        )
        .answer_of(200, "Events, until the upload has ended.", "text/event-stream", shape)
        .refusal(404, "The caller has no such upload, or none any more.")
}

async fn events(
    State(desk): State<Arc<Desk>>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let owner = desk.clients.owner(&caller)?;
    let told = desk.progress.of(owner, &id);
    let told = told.ok_or_else(|| Error::with_message(Reason::NotFound, "Upload not found"))?;
    Ok(rest::events(unfold(Some((told, true)), next)))
}

type Told = (watch::Receiver<UploadProgress>, bool);

/// The next event, and whether there is one after it.
async fn next(state: Option<Told>) -> Option<(UploadProgress, Option<Told>)> {
    let (mut told, first) = state?;
    if !first {
        sleep(PACE).await;
        // Whoever told is gone: the last word has been said, or will never be.
        let _ = told.changed().await;
    }
    let now = told.borrow_and_update().clone();
    let more = (now.status == Status::Uploading && (first || told.has_changed().is_ok()))
        .then_some((told, false));
    Some((now, more))
}
