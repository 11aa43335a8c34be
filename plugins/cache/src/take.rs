//! Reads an answer whole, if it is small enough; otherwise it goes on as it comes.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Response;
use http::StatusCode;
use http::header::{CONTENT_LENGTH, HeaderValue};
use http::response::Parts;
use http_body::Frame;
use http_body_util::BodyExt as _;
use portico_sdk::body::Body;
use portico_sdk::{Error, Reason};

use crate::entry::stated_length;

/// An answer that was looked at.
pub(crate) enum Taken {
    /// All of it.
    Whole(Parts, Bytes),
    /// One that is too large, with what was read of it still in its body.
    Long(Response<Body>),
}

/// Reads at most `limit` bytes of body; `bodiless` answers (to HEAD) state the length of a body that
/// does not come.
///
/// # Errors
/// The body broke off. Nothing of it has been given to anybody then.
pub(crate) async fn take(
    response: Response<Body>,
    limit: usize,
    bodiless: bool,
) -> Result<Taken, Error> {
    let (mut parts, mut body) = response.into_parts();
    let without = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED];
    if bodiless || without.contains(&parts.status) {
        return Ok(Taken::Whole(parts, Bytes::new()));
    }
    let stated = stated_length(&parts.headers);
    if stated.is_some_and(|length| usize::try_from(length).is_ok_and(|length| length > limit)) {
        return Ok(Taken::Long(Response::from_parts(parts, body)));
    }
    let (mut pieces, mut read) = (VecDeque::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame?.into_data() else {
            continue;
        };
        read += piece.len();
        pieces.push_back(piece);
        if read > limit {
            let body = Resumed { pieces, rest: body }.boxed_unsync();
            return Ok(Taken::Long(Response::from_parts(parts, body)));
        }
    }
    if stated.is_some_and(|length| u64::try_from(read).is_ok_and(|read| read != length)) {
        let error = Error::new(Reason::UpstreamFailed);
        return Err(error.because("the answer's body has another length than it states"));
    }
    if stated.is_none() {
        parts
            .headers
            .insert(CONTENT_LENGTH, HeaderValue::from(read));
    }
    Ok(Taken::Whole(parts, joined(pieces, read)))
}

/// The pieces in memory of their own, exactly as large as they are.
fn joined(pieces: VecDeque<Bytes>, length: usize) -> Bytes {
    let mut whole = Vec::with_capacity(length);
    for piece in pieces {
        whole.extend_from_slice(&piece);
    }
    Bytes::from(whole)
}

/// A body of which some pieces have been read.
struct Resumed {
    pieces: VecDeque<Bytes>,
    rest: Body,
}

impl http_body::Body for Resumed {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match self.pieces.pop_front() {
            Some(piece) => Poll::Ready(Some(Ok(Frame::data(piece)))),
            None => Pin::new(&mut self.rest).poll_frame(cx),
        }
    }
}
