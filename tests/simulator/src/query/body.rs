//! The body of a query: small, perhaps zipped.

use std::io::Read as _;

use bytes::{Bytes, BytesMut};
use flate2::read::GzDecoder;
use http::StatusCode;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::refusal::Refusal;

/// Larger bodies are refused, however they are coded.
const LIMIT: usize = 8 * 1024;
/// How much of a refused body is read, so that the client gets to see why it was refused.
const DRAIN: usize = 1024 * 1024;
/// What a zipped body may grow to.
const UNZIPPED: u64 = 1024 * 1024;

/// A body as it came.
pub(super) struct Received {
    data: BytesMut,
    pub(super) length: usize,
}

impl Received {
    /// Reads a body to its end, and keeps no more of it than may be used.
    pub(super) async fn read(mut body: Incoming) -> Result<Self, Refusal> {
        let mut received = Self {
            data: BytesMut::new(),
            length: 0,
        };
        while received.length < DRAIN
            && let Some(frame) = body.frame().await
        {
            let frame = frame.map_err(|_| Refusal::invalid("The request body broke off"))?;
            let data = frame.into_data().unwrap_or_default();
            received.length += data.len();
            if received.length <= LIMIT {
                received.data.extend_from_slice(&data);
            }
        }
        Ok(received)
    }

    /// The text that was sent.
    pub(super) fn document(self, zipped: bool) -> Result<Bytes, Refusal> {
        if self.length > LIMIT {
            return Err(too_large());
        }
        let data = self.data.freeze();
        if zipped { unzip(&data) } else { Ok(data) }
    }
}

fn unzip(data: &[u8]) -> Result<Bytes, Refusal> {
    let mut document = Vec::new();
    let mut decoder = GzDecoder::new(data).take(UNZIPPED + 1);
    let read = decoder.read_to_end(&mut document);
    let length = read.map_err(|_| Refusal::invalid("The request body is not in gzip format"))?;
    if u64::try_from(length).is_ok_and(|length| length > UNZIPPED) {
        return Err(too_large());
    }
    Ok(document.into())
}

fn too_large() -> Refusal {
    Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "The request body exceeds 8 KB",
    )
}
