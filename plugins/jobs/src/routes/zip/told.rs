//! How an archive stands, in the contract's words.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::job::{Report, Snapshot, State};

/// How an archive stands.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct ZipTaskResponse {
    task_id: String,
    /// `processing` or `canceled`; in events also `ready` and `failed`.
    status: &'static str,
    /// Objects that were chosen.
    total: u64,
    /// Of those, the ones in the archive.
    completed: u64,
    failed: u64,
    /// Always empty while the archive is made.
    failed_keys: Vec<String>,
    /// Bytes of the objects that have been read.
    bytes: u64,
    /// Bytes of all objects; 0 where keys were named and nobody knows.
    total_bytes: u64,
    error: Option<String>,
}

impl ZipTaskResponse {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let report = &snapshot.report;
        let over = snapshot.state.is_over();
        Self {
            task_id: snapshot.id.to_string(),
            status: match snapshot.state {
                State::Waiting | State::Running => "processing",
                State::Done => "ready",
                State::Canceled => "canceled",
                State::Failed => "failed",
            },
            total: report.total,
            completed: report.done,
            failed: report.failed,
            failed_keys: if over {
                failed_keys(report)
            } else {
                Vec::new()
            },
            bytes: report.bytes,
            total_bytes: report.total_bytes,
            error: report.error.clone(),
        }
    }
}

/// The keys of a report that failed, as many as it knows.
pub(super) fn failed_keys(report: &Report) -> Vec<String> {
    let faults = report.faults.iter();
    faults.map(|fault| fault.key.clone()).collect()
}

/// The answer to whoever fetches an archive that there is not, as if it were the request that failed.
pub(super) fn failed(report: &Report) -> Response {
    let error = report.error.as_deref().unwrap_or_default();
    let keys = failed_keys(report);
    let told = json!({"detail": {"status": "failed", "error": error, "failed_keys": keys}});
    (StatusCode::INTERNAL_SERVER_ERROR, Json(told)).into_response()
}
