//! The response's body: streamed, never silently short, never waited for without end.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use portico_sdk::trace::Call;
use portico_sdk::{Error, Reason};
use tokio::time::{Instant, Sleep, sleep};

use crate::fault::{Stalled, stalled};

/// A response's body with a limit on the time between two reads.
///
/// The time runs only while somebody waits for more, so a slow reader is not held against
/// the store.
pub(crate) struct Answer {
    incoming: Incoming,
    limit: Duration,
    /// When the exchange is over, however steadily the body comes.
    end: Instant,
    waiting: Option<Pin<Box<Sleep>>>,
    /// Its span ends with the body.
    _call: Call,
}

impl Answer {
    pub(crate) fn new(incoming: Incoming, limit: Duration, end: Instant, call: Call) -> Self {
        Self {
            incoming,
            limit,
            end,
            waiting: None,
            _call: call,
        }
    }

    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let limit = self.limit;
        let timer = self.waiting.get_or_insert_with(|| Box::pin(sleep(limit)));
        timer
            .as_mut()
            .poll(cx)
            .map(|()| Some(Err(stalled(Stalled::Body(limit)))))
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if Instant::now() >= self.end {
            return Poll::Ready(Some(Err(stalled(Stalled::Total))));
        }
        let Poll::Ready(frame) = Pin::new(&mut self.incoming).poll_frame(cx) else {
            return self.wait(cx);
        };
        self.waiting = None;
        Poll::Ready(frame.map(|result| {
            result.map_err(|error| Error::new(Reason::UpstreamFailed).because(error))
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
