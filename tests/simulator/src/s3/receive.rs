//! Takes in the body of an upload, and nothing but a whole and honest one.

use std::io;

use futures_util::StreamExt as _;
use http::HeaderMap;
use md5::{Digest as _, Md5};
use s3s::dto::StreamingBlob;
use s3s::{S3Error, S3Result, TrailingHeaders, s3_error};

use crate::digests::Digests;
use crate::store::{Blob, Tenant};

/// A body that arrived.
pub(super) struct Received {
    pub(super) blob: Blob,
    /// Hex MD5 of it.
    pub(super) etag: String,
}

/// Reads a body to its end. Whatever is wrong with it, nothing of it stays.
pub(super) async fn receive(
    tenant: &Tenant,
    body: Option<StreamingBlob>,
    headers: &HeaderMap,
    trailers: Option<TrailingHeaders>,
) -> S3Result<Received> {
    let mut digests = Digests::decoded(headers)?;
    let mut md5 = Md5::new();
    let mut writer = tenant.blobs.writer();
    if let Some(mut body) = body {
        while let Some(data) = body.next().await {
            let data = data.map_err(|error| body_error(&error.to_string()))?;
            digests.update(&data);
            md5.update(&data);
            writer.write(&data).await.map_err(storage_error)?;
        }
    }
    let trailers = trailers.and_then(|trailers| trailers.take());
    digests.check(trailers.as_ref())?;
    Ok(Received {
        blob: writer.finish().await.map_err(storage_error)?,
        etag: hex::encode(md5.finalize()),
    })
}

/// s3s keeps its stream errors to itself; only their text tells them apart. A flaw found by the
/// intake is worded by the front.
fn body_error(text: &str) -> S3Error {
    if text.ends_with("SignatureMismatch") {
        s3_error!(SignatureDoesNotMatch, "A chunk's signature does not match.")
    } else if text.ends_with("Sha256Mismatch") {
        crate::digests::Flaw::Sha256.into()
    } else {
        s3_error!(
            IncompleteBody,
            "You did not provide the number of bytes specified by the Content-Length HTTP header."
        )
    }
}

fn storage_error(error: io::Error) -> S3Error {
    S3Error::internal_error(error)
}
