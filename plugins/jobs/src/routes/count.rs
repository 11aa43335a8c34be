//! `s3_stats`: counts.

use axum::Json;
use axum::extract::Query;
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, Uri};
use portico_sdk::invalid::Refusal;
use portico_sdk::jobs::{JobPath, JobRequest, Verb};
use portico_sdk::rights::Asked;
use portico_sdk::s3::Operation;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Desk, events, refused};
use crate::job::{Report, Snapshot, State};
use crate::kinds::{CountKind, CountOrder};

/// How a count stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StatsTaskResponse {
    task_id: String,
    /// `counting`, `ready`, `failed` or `canceled`.
    status: &'static str,
    /// Objects that are no folder entries.
    files: u64,
    /// Folder entries and common prefixes.
    folders: u64,
    /// Bytes of the objects.
    bytes: u64,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl StatsTaskResponse {
    fn of(snapshot: &Snapshot) -> Self {
        let report = &snapshot.report;
        Self {
            task_id: snapshot.id.to_string(),
            status: match snapshot.state {
                State::Waiting | State::Running => "counting",
                State::Done => "ready",
                State::Failed => "failed",
                State::Canceled => "canceled",
            },
            files: report.done.saturating_sub(report.folders),
            folders: report.folders,
            bytes: report.bytes,
            error: report.error.clone(),
        }
    }
}

pub(super) async fn serve(
    desk: &Desk,
    path: JobPath<'_>,
    asked: JobRequest,
) -> Result<Response, Refusal> {
    let (engine, kind) = (&desk.engine, CountKind::NAME);
    match path.verb {
        Verb::Submit => submit(desk, asked).await,
        Verb::Look => {
            let found = engine.look(kind, path.id, &asked.caller).await?;
            Ok(Json(StatsTaskResponse::of(&found)).into_response())
        }
        Verb::Cancel => {
            let found = engine.cancel(kind, path.id, &asked.caller).await?;
            let found = found.ok_or_else(crate::job::not_found)?;
            Ok(Json(StatsTaskResponse::of(&found)).into_response())
        }
        Verb::Events => {
            let told = StatsTaskResponse::of;
            Ok(events::tell(desk, kind, path.id, asked.caller, told).await?)
        }
    }
}

async fn submit(desk: &Desk, asked: JobRequest) -> Result<Response, Refusal> {
    let order = CountOrder {
        prefix: parameter(asked.request.uri(), "prefix").unwrap_or_default(),
        delimiter: parameter(asked.request.uri(), "delimiter"),
        bucket: asked.bucket,
    };
    let listing = Asked::bucket(Operation::ListObjectsV2, &order.bucket).prefix(&order.prefix);
    let may = asked.caller.may(&listing);
    may.map_err(|error| refused(error, &format!("prefix '{}'", order.prefix)))?;
    desk.admit(&asked.caller, &order.bucket).await?;
    let begun = desk
        .engine
        .submit(CountKind::NAME, &asked.caller, &order, Report::default());
    let told = StatsTaskResponse::of(&begun.await?);
    Ok((StatusCode::ACCEPTED, Json(told)).into_response())
}

/// The last value of a name; an empty one counts as none.
fn parameter(uri: &Uri, name: &str) -> Option<String> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri).ok()?;
    let last = pairs.into_iter().rfind(|(each, _)| each == name);
    last.map(|(_, value)| value).filter(|text| !text.is_empty())
}
