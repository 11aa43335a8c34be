//! `POST …/multipart/{key}/presign`: a link for every part of an upload.

use std::time::Duration;

use axum::Json;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::Method;
use http::header::CACHE_CONTROL;
use portico_hcp::document::{Bounds, Kind, Model, Preset};
use portico_sdk::invalid::Refusal;
use portico_sdk::s3::Operation;
use portico_sdk::tokens::{Part, Permit};
use portico_sdk::{Error, Reason};
use serde::Serialize;
use utoipa::ToSchema;

use super::begin;
use crate::ask::Ask;
use crate::document::{Document, optional, preset, required};

/// What a client sends.
pub(super) const PRESIGN: Model = Model {
    name: "PresignedMultipartRequest",
    fields: &[
        optional("upload_id", Kind::Text),
        required("file_size", Kind::Int),
        preset("part_size", Kind::Int, Preset::Int(26_214_400)),
        preset("expires_in", Kind::Int, Preset::Int(3600)),
    ],
};

/// Bytes of a part (AWS, "Amazon S3 multipart upload limits").
const PART_SIZE: Bounds = Bounds::new(5 << 20, 5_368_709_120);
/// Seconds of a link's life.
const LIFETIME: Bounds = Bounds::new(60, 43_200);
/// The most parts of an object.
const MOST: u64 = 10_000;

/// One link.
#[derive(Serialize, ToSchema)]
struct PresignedPartUrl {
    part_number: u16,
    url: String,
}

/// The answer.
#[derive(Serialize, ToSchema)]
pub(super) struct PresignedMultipartResponse {
    bucket: String,
    key: String,
    upload_id: String,
    /// Bytes of every part but the last.
    part_size: u64,
    total_parts: u64,
    urls: Vec<PresignedPartUrl>,
    /// Seconds.
    expires_in: u64,
}

pub(super) async fn presign(ask: &Ask, key: &str, request: Request) -> Result<Response, Refusal> {
    let mut document = Document::read(request, &PRESIGN).await?;
    let given = document.text("upload_id").filter(|id| !id.is_empty());
    let file_size = document.int("file_size", Bounds::POSITIVE).unsigned_abs();
    let part_size = document.int("part_size", PART_SIZE).unsigned_abs();
    let expires_in = document.int("expires_in", LIFETIME).unsigned_abs();
    document.done()?;
    let total_parts = file_size.div_ceil(part_size);
    let count = u16::try_from(total_parts)
        .ok()
        .filter(|_| total_parts <= MOST);
    let count = count.ok_or_else(|| too_many(total_parts))?;
    ask.may_with(Operation::CreateMultipartUpload, key)?;
    // Asked first, so that no upload is begun for which there can be no links.
    ask.desk.presigner()?;
    let upload_id = match given {
        Some(id) => id,
        None => begin::new(ask, key).await?,
    };
    let lifetime = Duration::from_secs(expires_in);
    let urls = (1..=count).map(|number| link(ask, key, &upload_id, number, lifetime));
    let links = PresignedMultipartResponse {
        urls: urls.collect::<Result<_, Error>>()?,
        bucket: ask.bucket.clone(),
        key: key.to_owned(),
        upload_id,
        part_size,
        total_parts,
        expires_in,
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(links)).into_response())
}

fn link(
    ask: &Ask,
    key: &str,
    upload: &str,
    number: u16,
    lifetime: Duration,
) -> Result<PresignedPartUrl, Error> {
    let permit = Permit {
        method: Method::PUT,
        bucket: ask.bucket.clone(),
        key: key.to_owned(),
        part: Some(Part {
            upload_id: upload.to_owned(),
            number,
        }),
    };
    Ok(PresignedPartUrl {
        part_number: number,
        url: ask
            .desk
            .presigner()?
            .presign(&ask.caller, permit, lifetime)?,
    })
}

fn too_many(parts: u64) -> Error {
    let words = format!(
        "Too many parts ({parts}). Increase part_size or reduce file_size. S3 maximum is 10,000 parts."
    );
    Error::with_message(Reason::InvalidRequest, words)
}
