//! Parts of a file (RFC 9110 section 14).

use std::io::SeekFrom;
use std::ops::RangeInclusive;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, Stream, TryStreamExt as _, try_unfold};
use http::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderValue, IF_RANGE, RANGE,
};
use http::{HeaderMap, StatusCode};
use portico_sdk::Error;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use super::ready::unreadable;

/// Bytes that are read at a time.
const PIECE: usize = 256 * 1024;
/// More parts than this are nobody's who means well; then it is the whole (RFC 9110 section 14.2).
const MOST: usize = 16;
/// Between the parts; no archive is searched for it, because each part tells its length.
const BOUNDARY: &str = "portico-part-of-an-archive";

/// What of a file is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parts {
    Whole,
    One(RangeInclusive<u64>),
    Many(Vec<RangeInclusive<u64>>),
}

impl Parts {
    /// Reads what a request asks for of so many bytes; `None`: of nothing that is there.
    ///
    /// What cannot be understood is no range, and neither is one that is asked of another state than
    /// that of the `validators` (RFC 9110 section 13.1.5).
    pub(super) fn asked(headers: &HeaderMap, length: u64, validators: &[&str]) -> Option<Self> {
        let is_ours = |value: &HeaderValue| validators.iter().any(|own| value == own);
        let other = headers.get(IF_RANGE).is_some_and(|value| !is_ours(value));
        let asked = headers.get(RANGE).and_then(|value| value.to_str().ok());
        let asked = asked.filter(|_| !other).and_then(ranges);
        let Some(asked) = asked.filter(|asked| asked.len() <= MOST) else {
            return Some(Self::Whole);
        };
        let there = asked.into_iter().filter_map(|range| range.within(length));
        let mut there: Vec<_> = there.collect();
        match there.len() {
            0 => None,
            1 => there.pop().map(Self::One),
            _ => Some(Self::Many(there)),
        }
    }

    /// The answer with these parts.
    pub(super) fn of(self, file: File, length: u64, media: &'static str) -> Response {
        let (status, media, length, body, range) = match self {
            Self::Whole => (
                StatusCode::OK,
                media.to_owned(),
                length,
                one(file, 0, length),
                None,
            ),
            Self::One(range) => {
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
            Self::Many(ranges) => {
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
}

/// The answer to whoever asks for what is not there.
pub(super) fn beyond(length: u64) -> Response {
    let told = format!("bytes */{length}");
    (StatusCode::RANGE_NOT_SATISFIABLE, [(CONTENT_RANGE, told)]).into_response()
}

/// A range as it is written.
#[derive(Debug, Clone, Copy)]
enum Range {
    From(u64),
    Between(u64, u64),
    Last(u64),
}

impl Range {
    fn read(text: &str) -> Option<Self> {
        let (from, to) = text.trim().split_once('-')?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(from) || !digits(to) {
            return None;
        }
        match (from.parse().ok(), to.parse().ok()) {
            (Some(from), Some(to)) if from <= to => Some(Self::Between(from, to)),
            (Some(from), None) if to.is_empty() => Some(Self::From(from)),
            (None, Some(count)) if from.is_empty() => Some(Self::Last(count)),
            _ => None,
        }
    }

    fn within(self, length: u64) -> Option<RangeInclusive<u64>> {
        let last = length.checked_sub(1)?;
        match self {
            Self::From(from) => (from <= last).then_some(from..=last),
            Self::Between(from, to) => (from <= last).then(|| from..=to.min(last)),
            Self::Last(count) => (count > 0).then(|| length.saturating_sub(count)..=last),
        }
    }
}

fn ranges(text: &str) -> Option<Vec<Range>> {
    let (unit, list) = text.split_once('=')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let list = list.split(',').filter(|each| !each.trim().is_empty());
    let list: Option<Vec<_>> = list.map(Range::read).collect();
    list.filter(|list| !list.is_empty())
}

fn content_range(range: &RangeInclusive<u64>, length: u64) -> String {
    format!("bytes {}-{}/{length}", range.start(), range.end())
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
