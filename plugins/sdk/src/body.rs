//! Streamed bodies: the one body type of requests and replies, and the channel that fills one.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full};
use tokio::sync::{Notify, mpsc};

use crate::error::Error;

/// A body of unknown or known length, read once, in order, piece by piece.
///
/// Dropping it before its end tells whoever fills it to stop.
pub type Body = UnsyncBoxBody<Bytes, Error>;

/// Pieces that may wait between the writer and the reader of a [`channel`].
const PIECES_IN_FLIGHT: usize = 4;

/// A body without bytes.
#[must_use]
pub fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// A body that is wholly in memory.
#[must_use]
pub fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// Reads a body to its end, at most `limit` bytes.
///
/// # Errors
/// [`Reason::EntityTooLarge`](crate::Reason::EntityTooLarge) as soon as more than `limit` bytes
/// have come; whatever the body itself ends with otherwise.
pub async fn read_whole(mut body: Body, limit: usize) -> Result<Bytes, Error> {
    let mut whole = bytes::BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame?.into_data() else {
            continue;
        };
        if whole.len() + piece.len() > limit {
            return Err(Error::new(crate::Reason::EntityTooLarge));
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}

/// A body that another task fills while it is read, with at most four pieces in between.
#[must_use]
pub fn channel() -> (BodyWriter, Body) {
    let (pieces, incoming) = mpsc::channel(PIECES_IN_FLIGHT);
    let demand = Arc::new(Demand::default());
    let reader = ChannelBody {
        incoming,
        demand: Arc::clone(&demand),
    };
    (BodyWriter { pieces, demand }, reader.boxed_unsync())
}

/// The writing end of a [`channel`].
///
/// Dropping it without [`BodyWriter::fail`] ends the body well.
#[derive(Debug)]
pub struct BodyWriter {
    pieces: mpsc::Sender<Result<Bytes, Error>>,
    demand: Arc<Demand>,
}

impl BodyWriter {
    /// Waits until the reader asks for the first piece.
    ///
    /// This is the moment to send `100 Continue` (RFC 9110 section 10.1.1): before it nobody
    /// has said that the body is wanted.
    pub async fn wanted(&self) {
        self.demand.wait().await;
    }

    /// Waits for room, then for the reader's end: `false` when the reader has gone.
    pub async fn ready(&self) -> bool {
        self.pieces.reserve().await.is_ok()
    }

    /// Hands one piece over without waiting; `false` when the reader has gone or there is no
    /// room. After [`BodyWriter::ready`] there is room for one piece.
    #[must_use]
    pub fn push(&self, piece: Bytes) -> bool {
        self.pieces.try_send(Ok(piece)).is_ok()
    }

    /// Hands one piece over; `false` when the reader has gone.
    pub async fn write(&self, piece: Bytes) -> bool {
        self.pieces.send(Ok(piece)).await.is_ok()
    }

    /// Ends the body with an error, so that its reader cannot take it for whole.
    pub async fn fail(self, error: Error) {
        // A reader that has gone has no use for the error either.
        let _ = self.pieces.send(Err(error)).await;
    }
}

/// Remembers that the reader has asked once.
#[derive(Debug, Default)]
struct Demand {
    asked: AtomicBool,
    notify: Notify,
}

impl Demand {
    fn ask(&self) {
        if !self.asked.swap(true, Ordering::Release) {
            self.notify.notify_one();
        }
    }

    async fn wait(&self) {
        while !self.asked.load(Ordering::Acquire) {
            self.notify.notified().await;
        }
    }
}

struct ChannelBody {
    incoming: mpsc::Receiver<Result<Bytes, Error>>,
    demand: Arc<Demand>,
}

impl http_body::Body for ChannelBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.demand.ask();
        self.incoming
            .poll_recv(cx)
            .map(|piece| piece.map(|result| result.map(Frame::data)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reason;

    #[tokio::test]
    async fn pieces_arrive_in_order_and_the_writer_learns_of_the_demand() {
        let (writer, body) = channel();
        let reader = tokio::spawn(read_whole(body, 16));
        writer.wanted().await;
        assert!(writer.write(Bytes::from_static(b"ab")).await);
        assert!(writer.write(Bytes::from_static(b"cd")).await);
        drop(writer);
        assert_eq!(reader.await.unwrap().unwrap(), "abcd");
    }

    #[tokio::test]
    async fn a_failed_body_is_never_taken_for_whole() {
        let (writer, body) = channel();
        let reader = tokio::spawn(read_whole(body, 16));
        writer.write(Bytes::from_static(b"ab")).await;
        writer.fail(Error::new(Reason::IncompleteBody)).await;
        assert_eq!(
            reader.await.unwrap().unwrap_err().reason(),
            Reason::IncompleteBody
        );
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused() {
        let error = read_whole(full("abcdef"), 5).await.unwrap_err();
        assert_eq!(error.reason(), Reason::EntityTooLarge);
    }

    #[tokio::test]
    async fn a_writer_sees_that_its_reader_has_gone() {
        let (writer, body) = channel();
        drop(body);
        assert!(!writer.write(Bytes::from_static(b"ab")).await);
    }
}
