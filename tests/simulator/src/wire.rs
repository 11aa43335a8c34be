//! The connection below HTTP, so that it can be cut in the middle of a response.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::answer::{ReplyBody, StdError};

/// How many bytes may still be written to a connection.
#[derive(Clone)]
pub(crate) struct Budget(Arc<AtomicUsize>);

impl Default for Budget {
    fn default() -> Self {
        Self(Arc::new(AtomicUsize::new(usize::MAX)))
    }
}

impl Budget {
    pub(crate) fn limit(&self, bytes: usize) {
        self.0.store(bytes, Ordering::Release);
    }
}

/// A connection with a budget; once that is spent, writing fails and the connection closes.
pub(crate) struct Wire<S> {
    inner: S,
    budget: Budget,
}

impl<S> Wire<S> {
    pub(crate) fn new(inner: S, budget: Budget) -> Self {
        Self { inner, budget }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let left = self.budget.0.load(Ordering::Acquire);
        if left == 0 {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let data = &data[..data.len().min(left)];
        let written = std::task::ready!(Pin::new(&mut self.inner).poll_write(cx, data))?;
        if left != usize::MAX {
            self.budget.limit(left - written);
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// A response body that breaks off.
pub(crate) struct CutBody {
    inner: ReplyBody,
    left: usize,
    flushed: bool,
}

impl CutBody {
    pub(crate) fn new(inner: ReplyBody, after: u64) -> Self {
        Self {
            inner,
            left: usize::try_from(after).unwrap_or(usize::MAX),
            flushed: false,
        }
    }
}

impl Body for CutBody {
    type Data = Bytes;
    type Error = StdError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StdError>>> {
        if self.left == 0 {
            // hyper writes out what it holds when a body pauses, and throws it away on an error.
            if !std::mem::replace(&mut self.flushed, true) {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            return Poll::Ready(Some(Err("a fault cut the response".into())));
        }
        let frame = std::task::ready!(Pin::new(&mut self.inner).poll_frame(cx)?);
        let Some(mut data) = frame.and_then(|frame| frame.into_data().ok()) else {
            return Poll::Ready(None);
        };
        data.truncate(self.left);
        self.left -= data.len();
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.inner.size_hint()
    }
}
