//! `download`: archives. As a job they are fetched when they are ready; as a stream they are sent while
//! they are made.

mod begin;
mod link;
mod range;
mod ready;
mod stream;
mod told;

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use portico_sdk::invalid::Refusal;
use portico_sdk::jobs::{JobPath, JobRequest, Verb};

use super::{Desk, events};
use crate::kinds::ZipKind;

pub(super) use begin::DOWNLOAD;
pub(super) use link::ZipLinkResponse;
pub(crate) use link::{PATH, routes};
pub(crate) use stream::Turns;
pub(super) use told::ZipTaskResponse;

pub(super) async fn serve(
    desk: &Desk,
    path: JobPath<'_>,
    asked: JobRequest,
) -> Result<Response, Refusal> {
    match path.verb {
        Verb::Submit => begin::begin(desk, asked).await,
        Verb::Look => Ok(ready::look(desk, path.id, asked).await?),
        Verb::Cancel => {
            let found = desk
                .engine
                .cancel(ZipKind::NAME, path.id, &asked.caller)
                .await?;
            let found = found.ok_or_else(crate::job::not_found)?;
            Ok(Json(ZipTaskResponse::of(&found)).into_response())
        }
        Verb::Events => {
            let told = ZipTaskResponse::of;
            Ok(events::tell(desk, ZipKind::NAME, path.id, asked.caller, told).await?)
        }
    }
}
