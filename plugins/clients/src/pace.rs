//! The request's body as it is sent, and the watch that ends a request the store does not
//! go on with.
//!
//! A slow client must not look like a slow store: while the body's own source has nothing to
//! give, no time runs here (the core bounds how long a client may be silent).

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper_util::client::legacy::connect::CaptureConnection;
use portico_sdk::upstream::Timeouts;
use portico_sdk::{Body, Error};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// Whose move it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// The body's source has to give more.
    Source,
    /// The store has to take what was given.
    Taking,
    /// The store has everything and has to answer.
    Answering,
}

/// What the body's source ended with, kept because hyper gives errors back by reference only.
#[derive(Debug, Clone, Default)]
pub(crate) struct SourceFault(Arc<Mutex<Option<Error>>>);

impl SourceFault {
    /// Takes the error out, if the source failed.
    pub(crate) fn take(&self) -> Option<Error> {
        self.slot().take()
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Error>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stands in for the source's error inside hyper.
#[derive(Debug, thiserror::Error)]
#[error("the source of the request's body failed")]
pub(crate) struct SourceFailed;

/// A request's body that says how far it has been sent.
pub(crate) struct PacedBody {
    source: Body,
    turn: watch::Sender<Turn>,
    fault: SourceFault,
}

/// Sees how far a [`PacedBody`] has been sent.
pub(crate) struct Pace {
    turn: watch::Receiver<Turn>,
    /// The error of the source, if it comes to one.
    pub(crate) fault: SourceFault,
}

/// Puts a body under watch.
pub(crate) fn paced(source: Body) -> (PacedBody, Pace) {
    let (sender, turn) = watch::channel(Turn::Taking);
    let fault = SourceFault::default();
    let body = PacedBody {
        source,
        turn: sender,
        fault: fault.clone(),
    };
    (body, Pace { turn, fault })
}

impl http_body::Body for PacedBody {
    type Data = Bytes;
    type Error = SourceFailed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, SourceFailed>>> {
        let polled = Pin::new(&mut self.source).poll_frame(cx);
        self.turn.send_replace(match &polled {
            Poll::Pending => Turn::Source,
            Poll::Ready(Some(_)) => Turn::Taking,
            Poll::Ready(None) => Turn::Answering,
        });
        polled.map(|frame| {
            frame.map(|result| {
                result.map_err(|error| {
                    *self.fault.slot() = Some(error);
                    SourceFailed
                })
            })
        })
    }

    fn is_end_stream(&self) -> bool {
        self.source.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.source.size_hint()
    }
}

impl Pace {
    /// Ends when the store has kept a request waiting for too long, once it has a connection.
    pub(crate) async fn stalled(mut self, mut connection: CaptureConnection, limits: Timeouts) {
        // Until there is a connection the connector's own limit holds.
        drop(connection.wait_for_connection_metadata().await);
        loop {
            let turn = *self.turn.borrow_and_update();
            match self.moves_on(limit(turn, limits)).await {
                Moved::On => {}
                Moved::Gone => return sleep(answering(limits)).await,
                Moved::Not => return,
            }
        }
    }

    async fn moves_on(&mut self, limit: Option<Duration>) -> Moved {
        let changed = match limit {
            None => self.turn.changed().await,
            Some(limit) => match timeout(limit, self.turn.changed()).await {
                Ok(changed) => changed,
                Err(_) => return Moved::Not,
            },
        };
        // hyper drops a body that it has sent, or that has nothing to send.
        changed.map_or(Moved::Gone, |()| Moved::On)
    }
}

enum Moved {
    On,
    Gone,
    Not,
}

fn limit(turn: Turn, limits: Timeouts) -> Option<Duration> {
    match turn {
        Turn::Source => None,
        Turn::Taking => Some(limits.write),
        Turn::Answering => Some(answering(limits)),
    }
}

/// To the whole head of the answer; silence before it is bounded by the other too.
fn answering(limits: Timeouts) -> Duration {
    limits.response.min(limits.read)
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;
    use hyper_util::client::legacy::connect::capture_connection;
    use portico_sdk::{Reason, body};

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn limits() -> Timeouts {
        Timeouts {
            connect: HOUR,
            read: HOUR,
            write: Duration::from_secs(5),
            response: Duration::from_secs(2),
            total: HOUR,
            idle: HOUR,
        }
    }

    /// As it is when the connection has been made.
    fn connected() -> CaptureConnection {
        capture_connection(&mut http::Request::new(()))
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_source_is_not_held_against_the_store() {
        let (_writer, source) = body::channel();
        let (mut sent, pace) = paced(source);
        assert!(timeout(HOUR, sent.frame()).await.is_err());
        let stalled = timeout(HOUR, pace.stalled(connected(), limits()));
        assert!(stalled.await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_takes_no_more_is_given_up_after_the_write_limit() {
        let (mut sent, pace) = paced(body::full("abc"));
        sent.frame().await.unwrap().unwrap();
        let begin = tokio::time::Instant::now();
        pace.stalled(connected(), limits()).await;
        assert_eq!(begin.elapsed().as_secs(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_does_not_answer_is_given_up_after_the_response_limit() {
        for drained in [true, false] {
            let (mut sent, pace) = paced(body::empty());
            if drained {
                assert!(sent.frame().await.is_none());
            } else {
                drop(sent);
            }
            let begin = tokio::time::Instant::now();
            pace.stalled(connected(), limits()).await;
            assert_eq!(begin.elapsed().as_secs(), 2);
        }
    }

    #[tokio::test]
    async fn the_error_of_the_source_is_kept() {
        let (writer, source) = body::channel();
        let (mut sent, pace) = paced(source);
        tokio::spawn(writer.fail(Error::new(Reason::BadDigest)));
        assert!(sent.frame().await.unwrap().is_err());
        assert_eq!(pace.fault.take().unwrap().reason(), Reason::BadDigest);
    }
}
