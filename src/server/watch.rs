//! Watches a connection while no request's body is read: a head must be whole in time and of
//! measure, and whoever ends their side after a whole request has time left for the answer.
//!
//! The engine's own limits are on each read, so that one byte now and then would hold a connection
//! for ever. Here the clock runs from the first byte of a head, or from the connection's beginning.

mod state;

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use async_trait::async_trait;
use pingora::protocols::raw_connect::ProxyDigest;
use pingora::protocols::tls::{SslDigest, TlsRef};
use pingora::protocols::{
    ALPN, GetProxyDigest, GetSocketDigest, GetTimingDigest, Peek, Shutdown, SocketDigest, Ssl,
    Stream, TimingDigest, UniqueID, UniqueIDType,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::wires::Standing;

pub(super) use state::{Cause, Watch};
pub(crate) use state::{exchange_begins, exchange_ends, request_ends, together};

use state::{ANSWER, EXCHANGE, HEAD, IDLE};

/// What may come in one read with the last bytes of a head: the beginning of its body.
const BODY: usize = 64 * 1024;
/// HTTP/2 has a clock of its own once its preface and the first frame's head are there (RFC 9113
/// section 3.4).
const PREFACE: usize = 24 + 9;

/// How long an answer may pause for somebody who has ended their side. They may be waiting (RFC 9112
/// section 9.6) or gone: TCP does not tell until something is written.
const ENDED: Duration = Duration::from_secs(5);

const TOO_LARGE: &[u8] = b"HTTP/1.1 431 Request Header Fields Too Large\r\n\
    Content-Length: 0\r\nConnection: close\r\n\r\n";

/// What a head may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeadLimits {
    pub(super) time: Duration,
    pub(super) bytes: usize,
}

/// A connection with its watch.
pub(super) struct Watched {
    /// Dropped before the connection is closed, because it stands first.
    _standing: Standing,
    inner: Stream,
    watch: Arc<Watch>,
    limits: HeadLimits,
    deadline: Instant,
    /// The deadline's timer, while a head is awaited that has not come in one piece, or an
    /// answer by somebody who has ended their side: setting one for every head would cost more
    /// than reading it.
    timer: Option<Pin<Box<Sleep>>>,
    read: usize,
    /// Whether the client has ended its side.
    ended: bool,
    http2: bool,
    /// How much of [`TOO_LARGE`] has been said.
    refusal: Option<usize>,
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").finish_non_exhaustive()
    }
}

impl Watched {
    /// Watches a connection whose first head must be there by the deadline.
    pub(super) fn new(
        inner: Stream,
        standing: Standing,
        watch: Arc<Watch>,
        limits: HeadLimits,
        deadline: Instant,
    ) -> Self {
        Self {
            _standing: standing,
            http2: inner.selected_alpn_proto() == Some(ALPN::H2),
            inner,
            watch,
            limits,
            deadline,
            timer: None,
            read: 0,
            ended: false,
            refusal: None,
        }
    }

    /// Looks at what was read of a head.
    fn measure(&mut self, state: u8, bytes: usize) {
        if state == IDLE && bytes > 0 {
            self.watch.set(HEAD);
            self.deadline = Instant::now() + self.limits.time;
            self.timer = None;
            self.read = 0;
        }
        self.read += bytes;
        if self.http2 && self.read >= PREFACE {
            self.watch.set(EXCHANGE);
        } else if self.read > self.limits.bytes + BODY {
            self.refusal = Some(0);
        }
    }

    /// Whether the time is over.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let until = || Box::pin(sleep_until(self.deadline));
        let timer = self.timer.get_or_insert_with(until);
        timer.as_mut().poll(cx)
    }

    /// Waits for whatever comes after a whole request. What comes at last may be its end.
    fn poll_after(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.ended {
            let before = buf.filled().len();
            match ready!(Pin::new(&mut self.inner).poll_read(cx, buf)) {
                Ok(()) if buf.filled().len() > before => return Poll::Ready(Ok(())),
                // TLS may miss its own end: `src/tls/openssl.rs` says why that is no matter.
                Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
                    return Poll::Ready(Err(error));
                }
                _ => {}
            }
            self.ended = true;
            self.deadline = Instant::now() + ENDED;
            self.timer = None;
        }
        self.poll_late(cx).map(Ok)
    }

    /// Whoever takes their answer is there.
    fn taken<T>(&mut self, written: Poll<T>) -> Poll<T> {
        if let Some(timer) = self
            .timer
            .as_mut()
            .filter(|_| self.ended && written.is_ready())
        {
            timer.as_mut().reset(Instant::now() + ENDED);
        }
        written
    }

    /// Says that the head is too large, then gives the connection up.
    fn poll_refuse(&mut self, cx: &mut Context<'_>, mut said: usize) -> Poll<()> {
        while said < TOO_LARGE.len() && !self.http2 {
            match ready!(Pin::new(&mut self.inner).poll_write(cx, &TOO_LARGE[said..])) {
                Ok(written) if written > 0 => said += written,
                _ => break,
            }
            self.refusal = Some(said);
        }
        // Whether the client takes it or not, this is the end.
        let _ = ready!(Pin::new(&mut self.inner).poll_flush(cx));
        self.watch.give_up(Cause::Large);
        Poll::Ready(())
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let state = this.watch.state();
        if matches!(state, EXCHANGE | IDLE) {
            this.timer = None;
        }
        if state == EXCHANGE {
            return Pin::new(&mut this.inner).poll_read(cx, buf);
        }
        if state == ANSWER {
            return this.poll_after(cx, buf);
        }
        if state == IDLE {
            // The head that was too large has come to its end after all.
            this.refusal = None;
        }
        if state == HEAD && this.timer.is_some() && this.poll_late(cx).is_ready() {
            this.watch.give_up(Cause::Slow);
            return Poll::Pending;
        }
        if let Some(said) = this.refusal {
            ready!(this.poll_refuse(cx, said));
            return Poll::Pending;
        }
        let before = buf.filled().len();
        match Pin::new(&mut this.inner).poll_read(cx, buf) {
            // TLS takes it for an error that there is no more.
            Poll::Ready(Err(_)) if state == IDLE && this.watch.is_cut() => Poll::Ready(Ok(())),
            Poll::Ready(read) => {
                this.measure(state, buf.filled().len() - before);
                Poll::Ready(read)
            }
            Poll::Pending => {
                if state == HEAD && this.poll_late(cx).is_ready() {
                    this.watch.give_up(Cause::Slow);
                }
                Poll::Pending
            }
        }
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(cx, buf);
        self.taken(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, bufs);
        self.taken(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

#[async_trait]
impl Shutdown for Watched {
    async fn shutdown(&mut self) {
        Shutdown::shutdown(&mut *self.inner).await;
    }
}

#[async_trait]
impl Peek for Watched {}

impl UniqueID for Watched {
    fn id(&self) -> UniqueIDType {
        self.inner.id()
    }
}

impl Ssl for Watched {
    fn get_ssl(&self) -> Option<&TlsRef> {
        self.inner.get_ssl()
    }

    fn get_ssl_digest(&self) -> Option<Arc<SslDigest>> {
        self.inner.get_ssl_digest()
    }

    fn selected_alpn_proto(&self) -> Option<ALPN> {
        self.inner.selected_alpn_proto()
    }
}

impl GetTimingDigest for Watched {
    fn get_timing_digest(&self) -> Vec<Option<TimingDigest>> {
        self.inner.get_timing_digest()
    }

    fn get_read_pending_time(&self) -> Duration {
        self.inner.get_read_pending_time()
    }

    fn get_write_pending_time(&self) -> Duration {
        self.inner.get_write_pending_time()
    }
}

impl GetProxyDigest for Watched {
    fn get_proxy_digest(&self) -> Option<Arc<ProxyDigest>> {
        self.inner.get_proxy_digest()
    }
}

impl GetSocketDigest for Watched {
    fn get_socket_digest(&self) -> Option<Arc<SocketDigest>> {
        self.inner.get_socket_digest()
    }
}
