//! `POST …/download`: what is wanted, and in which of three ways.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use portico_hcp::document::{Field, Kind, Model, Preset};
use portico_sdk::invalid::Refusal;
use portico_sdk::jobs::JobRequest;
use portico_sdk::{Error, Principal, Reason};
use serde::Deserialize;

use super::{ZipTaskResponse, link, stream};
use crate::job::Report;
use crate::kinds::{Choice, Selection, ZipKind, ZipOrder};
use crate::routes::{Desk, document};

/// What a client sends.
pub(in crate::routes) const DOWNLOAD: Model = Model {
    name: "ZipDownloadRequest",
    fields: &[
        optional("keys", Kind::List(&Kind::Text)),
        optional("prefix", Kind::Text),
        optional("stream", Kind::Flag),
        optional("link", Kind::Flag),
    ],
};

const fn optional(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        required: false,
        kind,
        preset: Preset::Null,
    }
}

#[derive(Deserialize)]
struct Given {
    keys: Option<Vec<String>>,
    prefix: Option<String>,
    stream: Option<bool>,
    link: Option<bool>,
}

impl Given {
    /// A prefix, even an empty one, counts before keys.
    fn selection(self) -> Result<Selection, Error> {
        let keys = self.keys.unwrap_or_default();
        match self.prefix {
            Some(prefix) => Ok(Selection::Prefix(prefix)),
            None if keys.is_empty() => Err(refused("Provide either 'prefix' or 'keys'")),
            None if keys.iter().any(|key| key.is_empty() || key.contains('\0')) => {
                Err(refused("A key has at least one character, and no NUL"))
            }
            None => Ok(Selection::Keys(keys)),
        }
    }
}

fn refused(words: &'static str) -> Error {
    Error::with_message(Reason::InvalidRequest, words)
}

pub(super) async fn begin(desk: &Desk, asked: JobRequest) -> Result<Response, Refusal> {
    let given: Given = document::read(asked.request, &DOWNLOAD).await?;
    let (stream, link) = (given.stream == Some(true), given.link == Some(true));
    let selection = given.selection()?;
    selection.may(&asked.caller, &asked.bucket)?;
    // What begins with a question to the store is admitted by its answer.
    if !link && !stream && matches!(selection, Selection::Keys(_)) {
        desk.admit(&asked.caller, &asked.bucket).await?;
    }
    if link {
        return Ok(link::give(desk, &asked.caller, asked.bucket, selection).await?);
    }
    if stream {
        return Ok(stream::begin(desk, &asked.caller, &asked.bucket, selection).await?);
    }
    Ok(submit(desk, &asked.caller, asked.bucket, selection).await?)
}

async fn submit(
    desk: &Desk,
    caller: &Principal,
    bucket: String,
    selection: Selection,
) -> Result<Response, Error> {
    let choice = choice(desk, caller, &bucket)?;
    let wanted = choice.wanted(selection).await?;
    let report = Report {
        total: u64::try_from(wanted.len()).unwrap_or(u64::MAX),
        total_bytes: wanted.iter().filter_map(|wanted| wanted.size).sum(),
        ..Report::default()
    };
    let order = ZipOrder {
        bucket,
        wanted,
        again: false,
    };
    let begun = desk
        .engine
        .submit(ZipKind::NAME, caller, &order, report)
        .await?;
    Ok((StatusCode::ACCEPTED, Json(ZipTaskResponse::of(&begun))).into_response())
}

/// The bucket as the caller sees it.
pub(super) fn choice<'a>(
    desk: &Desk,
    caller: &Principal,
    bucket: &'a str,
) -> Result<Choice<'a>, Error> {
    Ok(Choice {
        store: desk.clients.of(caller)?,
        bucket,
        rights: caller.rights.clone(),
    })
}
