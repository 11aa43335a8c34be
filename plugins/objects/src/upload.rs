//! Uploads: a body of any length reaches the store in constant memory, and leaves nothing there when
//! it breaks off.
//!
//! HCP wants the length of every part, which the form around a file does not tell. So a part is held
//! in memory until it is whole; a file that fits into one is stored as it is, others in parts.

mod memory;
mod parts;
mod progress;
mod source;
mod target;

use axum::extract::{FromRequest as _, Multipart, Request};
use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use portico_sdk::invalid::{Invalid, Issue, Refusal};
use portico_sdk::{Error, Reason};

use crate::ask::Ask;

pub(crate) use memory::{Memory, Share};
pub(crate) use progress::{NAME, Progress, Status, UploadProgress};
use source::Source;
use target::Target;

/// Stores what a request holds: the file of a form, or the body itself.
pub(crate) async fn store(ask: &Ask, key: &str, request: Request) -> Result<(), Refusal> {
    let target = Target {
        store: ask.store()?,
        bucket: ask.bucket.clone(),
        key: key.to_owned(),
        media: media(request.headers()),
    };
    let (memory, length) = (&ask.desk.memory, length(request.headers()));
    let owner = ask.desk.clients.owner(&ask.caller)?;
    let ticket = ask.desk.progress.begin(owner, request.headers(), length)?;
    if !is_form(request.headers()) {
        let named = request.headers().contains_key(CONTENT_TYPE);
        let mut source = Source::body(request.into_body()).telling(ticket);
        if !named && source.is_empty().await? {
            return Err(missing());
        }
        return Ok(parts::send(target, source, memory, length).await?);
    }
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|_| missing())?;
    while let Some(field) = form.next_field().await.map_err(source::unreadable)? {
        if field.name() == Some("file") {
            let source = Source::field(field).telling(ticket);
            return Ok(parts::send(target, source, memory, length).await?);
        }
    }
    Err(missing())
}

/// The largest file that is held in memory as a whole.
const WHOLE: u64 = 128 << 20;

/// The file of a form, whole, with its share of the memory.
pub(crate) async fn whole(ask: &Ask, request: Request) -> Result<(Bytes, Share), Refusal> {
    let length = length(request.headers()).unwrap_or(WHOLE).min(WHOLE);
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|_| missing())?;
    while let Some(field) = form.next_field().await.map_err(source::unreadable)? {
        if field.name() == Some("file") {
            let share = ask.desk.memory.share(length).await?;
            let mut source = Source::field(field);
            let data = source
                .take(usize::try_from(WHOLE).unwrap_or(usize::MAX))
                .await?;
            if source.is_empty().await? {
                return Ok((data, share));
            }
            let words = "The part is too large for this route; a link takes larger ones.";
            return Err(Error::with_message(Reason::EntityTooLarge, words).into());
        }
    }
    Err(missing())
}

/// Whether the body is a form, in which a file must be.
fn is_form(headers: &HeaderMap) -> bool {
    let kind = kind(headers);
    kind.starts_with("multipart/") || kind.starts_with("application/x-www-form-urlencoded")
}

fn kind(headers: &HeaderMap) -> String {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    kind.unwrap_or_default().to_ascii_lowercase()
}

/// The type that a body which is no form says it has; forms name one for the file, which the contract
/// leaves unsaid.
fn media(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(CONTENT_TYPE).filter(|_| !is_form(headers))?;
    kind.to_str().ok().map(str::to_owned)
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn missing() -> Refusal {
    Invalid(vec![Issue::missing(["body", "file"])]).into()
}
