//! How a connection is made: addresses in turn, TLS on top, all within one limit.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout, timeout_at};
use tower::Service;

type Dialled<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// Opens TCP connections to a fixed list of addresses, or to what the host's name stands for.
#[derive(Debug, Clone)]
pub(crate) struct Dial {
    addresses: Arc<[SocketAddr]>,
    next: Arc<AtomicUsize>,
    limit: Duration,
}

impl Dial {
    /// `limit` is shared among the addresses, so that a silent one leaves time for the others.
    pub(crate) fn new(addresses: Arc<[SocketAddr]>, limit: Duration) -> Self {
        Self {
            addresses,
            next: Arc::default(),
            limit,
        }
    }

    /// The addresses to try, each call beginning with another one to spread the load.
    async fn candidates(&self, uri: &Uri) -> io::Result<Vec<SocketAddr>> {
        let mut list = if self.addresses.is_empty() {
            lookup(uri).await?
        } else {
            self.addresses.to_vec()
        };
        if let Some(turn) = self
            .next
            .fetch_add(1, Ordering::Relaxed)
            .checked_rem(list.len())
        {
            list.rotate_left(turn);
        }
        Ok(list)
    }

    async fn connect(self, uri: Uri) -> io::Result<TokioIo<TcpStream>> {
        let end = Instant::now() + self.limit;
        let candidates = self.candidates(&uri).await?;
        let mut failed = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for (left, address) in (1..=candidates.len()).rev().zip(candidates) {
            match open(address, share(end, left)).await {
                Ok(stream) => return Ok(TokioIo::new(stream)),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }
}

impl Service<Uri> for Dial {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = Dialled<Self::Response, io::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

async fn lookup(uri: &Uri) -> io::Result<Vec<SocketAddr>> {
    let host = uri.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let own = if uri.scheme() == Some(&Scheme::HTTPS) {
        443
    } else {
        80
    };
    let port = uri.port_u16().unwrap_or(own);
    Ok(lookup_host((host, port)).await?.collect())
}

fn share(end: Instant, left: usize) -> Duration {
    let parts = u32::try_from(left).unwrap_or(u32::MAX).max(1);
    end.saturating_duration_since(Instant::now()) / parts
}

async fn open(address: SocketAddr, limit: Duration) -> io::Result<TcpStream> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{address}: {error}"));
    let stream = match timeout(limit, TcpStream::connect(address)).await {
        Ok(result) => result.map_err(named)?,
        Err(elapsed) => return Err(named(elapsed.into())),
    };
    // Heads and small bodies would wait for the peer's delayed acknowledgement otherwise.
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Bounds another connector, handshakes included.
#[derive(Debug, Clone)]
pub(crate) struct Within<C> {
    pub(crate) connector: C,
    pub(crate) limit: Duration,
}

impl<C> Service<Uri> for Within<C>
where
    C: Service<Uri>,
    C::Future: Send + 'static,
    C::Error: From<io::Error>,
{
    type Response = C::Response;
    type Error = C::Error;
    type Future = Dialled<C::Response, C::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), C::Error>> {
        self.connector.poll_ready(cx)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let end = Instant::now() + self.limit;
        let connecting = self.connector.call(uri);
        Box::pin(async move {
            match timeout_at(end, connecting).await {
                Ok(result) => result,
                // An `io::Error` of the kind that `fault` looks for.
                Err(elapsed) => Err(io::Error::from(elapsed).into()),
            }
        })
    }
}
