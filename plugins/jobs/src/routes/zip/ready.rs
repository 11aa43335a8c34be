//! `GET …/download/{id}`: how an archive stands, and the archive itself once it is there.

use std::io;
use std::time::{Duration, SystemTime};

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use http::HeaderMap;
use http::header::{
    CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LAST_MODIFIED,
};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use portico_sdk::jobs::JobRequest;
use portico_sdk::rest::ranges::{self, Parts};
use portico_sdk::{Error, Principal, Reason};
use tokio::fs::File;
use tokio::time::{Instant, sleep};

use super::range;
use super::{ZipTaskResponse, told};
use crate::job::{Report, Snapshot, State, not_found};
use crate::kinds::{ZipKind, ZipList, ZipOrder};
use crate::routes::Desk;

/// The most failed keys that a header names.
const NAMED: usize = 50;
/// What no header can hold stands as in a URL.
const UNPLAIN: &AsciiSet = &CONTROLS.add(b'%').add(b',');
/// How long an archive that is made again is waited for; whoever asks then asks again.
const AGAIN: Duration = Duration::from_secs(20);
/// How often it is looked at meanwhile.
const PACE: Duration = Duration::from_millis(200);

pub(super) async fn look(desk: &Desk, id: &str, asked: JobRequest) -> Result<Response, Error> {
    // A request's body is nothing that tasks may share.
    let (head, _) = asked.request.into_parts();
    let asked = Fetch {
        caller: asked.caller,
        bucket: asked.bucket,
        headers: head.headers,
    };
    let end = Instant::now() + AGAIN;
    loop {
        let found = desk.engine.look(ZipKind::NAME, id, &asked.caller).await?;
        match found.state {
            State::Failed => return Ok(told::failed(&found.report)),
            State::Done => {}
            _ => return Ok(Json(ZipTaskResponse::of(&found)).into_response()),
        }
        if let Some(file) = here(desk, &found).await? {
            return fetch(desk, &found, file, &asked).await;
        }
        again(desk, &found, &asked.caller).await?;
        await_again(desk, id, &asked.caller, end).await?;
    }
}

/// Who fetches, and how.
struct Fetch {
    caller: Principal,
    bucket: String,
    headers: HeaderMap,
}

/// The file, if it lies here.
async fn here(desk: &Desk, found: &Snapshot) -> Result<Option<File>, Error> {
    let files = desk.engine.files().await?;
    if found.place.as_deref() != Some(files.mark()) {
        return Ok(None);
    }
    match File::open(files.path(found.id)).await {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(error)),
    }
}

/// Has an archive whose file is on another machine, or gone, made once more, from the list of what is in
/// it. Another request may have said the same a moment before.
async fn again(desk: &Desk, found: &Snapshot, caller: &Principal) -> Result<(), Error> {
    let list: Option<(String, ZipList)> = desk.engine.result(found.id, caller).await?;
    let gone = || Error::with_message(Reason::InternalError, "ZIP file not found on disk");
    let (bucket, list) = list.ok_or_else(gone)?;
    tracing::info!(job = %found.id, "the archive is made again here");
    let report = Report {
        total: found.report.total,
        total_bytes: found.report.total_bytes,
        ..Report::default()
    };
    let order = ZipOrder {
        bucket,
        wanted: list.wanted,
        again: true,
    };
    desk.engine
        .again(found.id, caller, &order, &report)
        .await
        .map(drop)
}

/// Waits for a job that has just been given back, though not for ever.
async fn await_again(desk: &Desk, id: &str, caller: &Principal, end: Instant) -> Result<(), Error> {
    while Instant::now() < end {
        sleep(PACE).await;
        let found = desk.engine.look(ZipKind::NAME, id, caller).await?;
        if found.state.is_over() {
            break;
        }
    }
    Ok(())
}

/// The archive. Unless archives are kept, nobody gets it after this: the job is forgotten first, by one
/// request alone, and the file lives on until it is read.
async fn fetch(
    desk: &Desk,
    found: &Snapshot,
    file: File,
    asked: &Fetch,
) -> Result<Response, Error> {
    let about = file.metadata().await.map_err(unreadable)?;
    let length = about.len();
    let tag = format!("\"{}-{length:x}\"", found.id.simple());
    let modified = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    let modified = httpdate::fmt_http_date(modified);
    let parts = Parts::asked(&asked.headers, length, &[&tag, &modified]);
    let mut response = match parts {
        None => return Ok(ranges::beyond(length)),
        Some(parts) => range::answer(parts, file, length, "application/zip"),
    };
    if !desk.keep_zip && !desk.engine.forget(found.id, &asked.caller).await? {
        return Err(not_found());
    }
    let headers = response.headers_mut();
    if response_is_whole(headers) {
        describe(headers, &asked.bucket);
    } else {
        headers.insert(CONTENT_DISPOSITION, disposition(&asked.bucket));
    }
    set(headers, ETAG, &tag);
    set(headers, LAST_MODIFIED, &modified);
    failures(headers, &found.report);
    Ok(response)
}

/// Whether the body is the archive's own, or parts of it in a frame that has a type of its own.
fn response_is_whole(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .is_some_and(|media| media == "application/zip")
}

/// What the archive of a bucket is, and what to call it.
pub(super) fn describe(headers: &mut HeaderMap, bucket: &str) {
    let media = HeaderValue::from_static("application/zip");
    headers.insert(CONTENT_TYPE, media);
    headers.insert(CONTENT_DISPOSITION, disposition(bucket));
}

/// A bucket's name needs no quoting.
fn disposition(bucket: &str) -> HeaderValue {
    let value = format!("attachment; filename=\"{bucket}-objects.zip\"");
    HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static("attachment"))
}

fn failures(headers: &mut HeaderMap, report: &Report) {
    headers.insert("x-zip-failed", HeaderValue::from(report.failed));
    let keys = report.faults.iter().take(NAMED);
    let keys: Vec<_> = keys
        .map(|fault| utf8_percent_encode(&fault.key, UNPLAIN).to_string())
        .collect();
    set(
        headers,
        HeaderName::from_static("x-zip-failed-keys"),
        &keys.join(","),
    );
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

pub(super) fn unreadable(cause: io::Error) -> Error {
    Error::with_message(Reason::InternalError, "The archive cannot be read").because(cause)
}
