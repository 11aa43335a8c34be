//! Parts of a file (RFC 9110 section 14).

use std::io::SeekFrom;
use std::ops::RangeInclusive;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, Stream, TryStreamExt as _, try_unfold};
use http::StatusCode;
use http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderValue};
use portico_sdk::Error;
use portico_sdk::rest::ranges::{Parts, content_range};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use super::ready::unreadable;

/// Bytes that are read at a time.
const PIECE: usize = 256 * 1024;
/// Between the parts; no archive is searched for it, because each part tells its length.
const BOUNDARY: &str = "portico-part-of-an-archive";

/// The answer with these parts.
pub(super) fn answer(parts: Parts, file: File, length: u64, media: &'static str) -> Response {
    let (status, media, length, body, range) = match parts {
        Parts::Whole => (
            StatusCode::OK,
            media.to_owned(),
            length,
            one(file, 0, length),
            None,
        ),
        Parts::One(range) => {
            let (from, to) = (*range.start(), *range.end());
            let told = content_range(&range, length);
            let body = one(file, from, to - from + 1);
            (
                StatusCode::PARTIAL_CONTENT,
                media.to_owned(),
                to - from + 1,
                body,
                Some(told),
            )
        }
        Parts::Many(ranges) => {
            let frames = frames(ranges, length, media);
            let length = frames.iter().map(Frame::length).sum();
            let media = format!("multipart/byteranges; boundary={BOUNDARY}");
            (
                StatusCode::PARTIAL_CONTENT,
                media,
                length,
                many(file, frames),
                None,
            )
        }
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    for (name, value) in [(CONTENT_TYPE, Some(media)), (CONTENT_RANGE, range)] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(name, value);
        }
    }
    response
}

/// Some text, and the bytes of the file behind it (RFC 9110 section 14.6).
struct Frame {
    text: String,
    from: u64,
    count: u64,
}

impl Frame {
    fn length(&self) -> u64 {
        u64::try_from(self.text.len()).unwrap_or(u64::MAX) + self.count
    }
}

fn frames(ranges: Vec<RangeInclusive<u64>>, length: u64, media: &str) -> Vec<Frame> {
    let part = |range: RangeInclusive<u64>| {
        let told = content_range(&range, length);
        let text =
            format!("\r\n--{BOUNDARY}\r\nContent-Type: {media}\r\nContent-Range: {told}\r\n\r\n");
        Frame {
            text,
            from: *range.start(),
            count: range.end() - range.start() + 1,
        }
    };
    let mut frames: Vec<_> = ranges.into_iter().map(part).collect();
    frames.push(Frame {
        text: format!("\r\n--{BOUNDARY}--\r\n"),
        from: 0,
        count: 0,
    });
    frames
}

fn one(file: File, from: u64, count: u64) -> Body {
    let text = String::new();
    many(file, vec![Frame { text, from, count }])
}

fn many(file: File, frames: Vec<Frame>) -> Body {
    let frames = stream::iter(frames.into_iter().map(Ok::<_, Error>));
    // One after the other: they read the same file.
    let pieces = try_unfold((file, Box::pin(frames)), |(file, mut frames)| async move {
        let Some(frame) = frames.try_next().await? else {
            return Ok(None);
        };
        let again = file.try_clone().await.map_err(unreadable)?;
        Ok(Some((framed(again, frame), (file, frames))))
    });
    Body::from_stream(pieces.try_flatten())
}

fn framed(file: File, frame: Frame) -> impl Stream<Item = Result<Bytes, Error>> {
    let text = Some(frame.text).filter(|text| !text.is_empty());
    let text = stream::iter(text.map(|text| Ok(Bytes::from(text))));
    futures_util::StreamExt::chain(text, read(file, frame.from, frame.count))
}

/// So many bytes of a file; a file that has fewer ends in an error.
fn read(file: File, from: u64, count: u64) -> impl Stream<Item = Result<Bytes, Error>> {
    try_unfold(
        (file, Some(from), count),
        |(mut file, seek, left)| async move {
            if left == 0 {
                return Ok(None);
            }
            if let Some(from) = seek {
                file.set_max_buf_size(PIECE);
                file.seek(SeekFrom::Start(from)).await.map_err(unreadable)?;
            }
            let want = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let mut piece = BytesMut::zeroed(want);
            let got = file.read(&mut piece).await.map_err(unreadable)?;
            if got == 0 {
                return Err(unreadable(std::io::ErrorKind::UnexpectedEof.into()));
            }
            piece.truncate(got);
            let left = left - u64::try_from(got).unwrap_or(left);
            Ok(Some((piece.freeze(), (file, None, left))))
        },
    )
}

#[cfg(test)]
mod tests;
