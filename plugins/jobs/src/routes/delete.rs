//! `delete-task`: deletions.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use portico_aws::KeyFault;
use portico_hcp::document::{Field, Kind, Model};
use portico_sdk::invalid::Refusal;
use portico_sdk::jobs::{JobPath, JobRequest, Verb};
use portico_sdk::{Error, Principal, Reason};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{Desk, document, events, refused};
use crate::job::{Report, Snapshot, State};
use crate::kinds::{DeleteKind, DeleteOrder};

/// Faults that are told while a job runs, each time that it is asked about.
const SHOWN: usize = 100;

/// What a client sends.
pub(super) const DELETE: Model = Model {
    name: "DeleteTaskRequest",
    fields: &[
        Field::optional("prefixes", Kind::List(&Kind::Text)),
        Field::optional("keys", Kind::List(&Kind::Text)),
        Field::optional("versions", Kind::Flag),
    ],
};

#[derive(Deserialize)]
struct Given {
    prefixes: Option<Vec<String>>,
    keys: Option<Vec<String>>,
    versions: Option<bool>,
}

/// How a deletion stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeleteTaskResponse {
    task_id: String,
    /// `processing`, `done`, `canceled` or, as the answer to a cancel, `canceling`; in events also
    /// `failed`.
    status: &'static str,
    /// What there is to delete; 0 until that has been counted.
    total: u64,
    /// What is gone, or was not there.
    deleted: u64,
    failed: u64,
    /// Of those deleted, the objects that are no folder entries.
    objects: u64,
    /// Of those deleted, the folder entries.
    folders: u64,
    /// What stays: the first hundred while the job runs, the first thousand at its end.
    errors: Vec<KeyFault>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl DeleteTaskResponse {
    fn of(snapshot: &Snapshot) -> Self {
        let status = match snapshot.state {
            State::Waiting | State::Running => "processing",
            State::Done => "done",
            State::Canceled => "canceled",
            State::Failed => "failed",
        };
        let mut report = snapshot.report.clone();
        if !snapshot.state.is_over() {
            report.faults.truncate(SHOWN);
        }
        Self::new(snapshot.id.to_string(), status, report)
    }

    fn new(task_id: String, status: &'static str, report: Report) -> Self {
        Self {
            task_id,
            status,
            total: report.total,
            deleted: report.done,
            failed: report.failed,
            objects: report.done.saturating_sub(report.folders),
            folders: report.folders,
            errors: report.faults,
            error: report.error,
        }
    }
}

pub(super) async fn serve(
    desk: &Desk,
    path: JobPath<'_>,
    asked: JobRequest,
) -> Result<Response, Refusal> {
    let (engine, kind) = (&desk.engine, DeleteKind::NAME);
    match path.verb {
        Verb::Submit => submit(desk, asked).await,
        Verb::Look => {
            let found = engine.look(kind, path.id, &asked.caller).await?;
            Ok(look(&found))
        }
        Verb::Cancel => Ok(cancel(desk, path.id, &asked.caller).await?),
        Verb::Events => {
            let told = DeleteTaskResponse::of;
            Ok(events::tell(desk, kind, path.id, asked.caller, told).await?)
        }
    }
}

async fn submit(desk: &Desk, asked: JobRequest) -> Result<Response, Refusal> {
    let given: Given = document::read(asked.request, &DELETE).await?;
    let order = DeleteOrder {
        bucket: asked.bucket,
        keys: given.keys.unwrap_or_default(),
        prefixes: given.prefixes.unwrap_or_default(),
        versions: given.versions.unwrap_or_default(),
    };
    check(&order)?;
    let may = order.may(&asked.caller);
    may.map_err(|(error, resource)| refused(error, &resource))?;
    desk.admit(&asked.caller, &order.bucket).await?;
    let begun = desk
        .engine
        .submit(DeleteKind::NAME, &asked.caller, &order, Report::default());
    let told = DeleteTaskResponse::of(&begun.await?);
    Ok((StatusCode::ACCEPTED, Json(told)).into_response())
}

fn check(order: &DeleteOrder) -> Result<(), Error> {
    if order.keys.is_empty() && order.prefixes.is_empty() {
        let words = "Provide at least one prefix or key to delete";
        return Err(Error::with_message(Reason::InvalidRequest, words));
    }
    if order.keys.iter().any(String::is_empty) {
        let words = "object '': a key has at least one character";
        return Err(Error::with_message(Reason::InvalidArgument, words));
    }
    Ok(())
}

/// A job that failed is told as the contract has it, as if it were the request that failed.
fn look(found: &Snapshot) -> Response {
    if found.state != State::Failed {
        return Json(DeleteTaskResponse::of(found)).into_response();
    }
    let error = found.report.error.as_deref().unwrap_or_default();
    let told = json!({"detail": {"status": "failed", "error": error}});
    (StatusCode::BAD_GATEWAY, Json(told)).into_response()
}

/// Answered in the same way whether there is such a job or none.
async fn cancel(desk: &Desk, id: &str, caller: &Principal) -> Result<Response, Error> {
    let found = desk.engine.cancel(DeleteKind::NAME, id, caller).await?;
    let report = found.map(|found| found.report).unwrap_or_default();
    let told = DeleteTaskResponse::new(id.to_owned(), "canceling", report);
    Ok(Json(told).into_response())
}
