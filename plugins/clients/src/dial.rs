//! How a connection is made: the store's addresses one after the other, TLS on top, all within
//! one limit.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use hyper_util::rt::TokioIo;
use portico_sdk::upstream::{Failure, Health, Lookup, Stack};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout, timeout_at};
use tower::Service;

use crate::fault::{NameGone, Resting};

type Dialled<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// Opens TCP connections to a fixed list of addresses, or to what the host's name stands for.
#[derive(Debug, Clone)]
pub(crate) struct Dial {
    addresses: Arc<[SocketAddr]>,
    health: Health,
    limit: Duration,
}

impl Dial {
    /// `limit` is shared among the addresses, so that a silent one leaves time for the others.
    pub(crate) fn new(addresses: Arc<[SocketAddr]>, health: Health, limit: Duration) -> Self {
        Self {
            addresses,
            health,
            limit,
        }
    }

    async fn candidates(&self, uri: &Uri) -> io::Result<Arc<[SocketAddr]>> {
        if self.addresses.is_empty() {
            let since = Instant::now();
            let found = lookup(uri).await;
            let outcome = found.as_ref().map_or(Lookup::Gone, |_| Lookup::Found);
            self.health.looked_up(outcome, since.elapsed());
            return found;
        }
        Ok(Arc::clone(&self.addresses))
    }

    async fn connect(self, uri: Uri) -> io::Result<TokioIo<TcpStream>> {
        let end = Instant::now() + self.limit;
        let candidates = self.candidates(&uri).await?;
        let mut tried = Vec::new();
        let mut failed = match self.health.refusal(&candidates) {
            Some(wait) => io::Error::other(Resting(wait)),
            None => io::Error::new(io::ErrorKind::NotFound, "the name has no address"),
        };
        while let Some(mut lease) = self.health.choose(&candidates, &tried) {
            let address = lease.address();
            let is_last = tried.len() + 1 >= candidates.len();
            match open(address, share(end, is_last)).await {
                Ok(stream) => {
                    lease.reached();
                    self.health.opened(Stack::Client);
                    return Ok(TokioIo::new(stream));
                }
                Err(error) => {
                    if let Some(how) = blame(&error) {
                        lease.failed(how);
                    }
                    failed = error;
                }
            }
            tried.push(address);
        }
        Err(failed)
    }
}

/// What a connection that was not made says of its address; nothing, when the fault is this
/// machine's own, such as too many open files.
fn blame(error: &io::Error) -> Option<Failure> {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::TimedOut => Some(Failure::Timeout),
        Kind::ConnectionRefused
        | Kind::ConnectionReset
        | Kind::ConnectionAborted
        | Kind::HostUnreachable
        | Kind::NetworkUnreachable => Some(Failure::Unreachable),
        _ => None,
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

async fn lookup(uri: &Uri) -> io::Result<Arc<[SocketAddr]>> {
    let host = uri.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let own = if uri.scheme() == Some(&Scheme::HTTPS) {
        443
    } else {
        80
    };
    let port = uri.port_u16().unwrap_or(own);
    let found: Arc<[SocketAddr]> = match lookup_host((host, port)).await {
        Ok(found) => found.collect(),
        Err(error) => return Err(io::Error::other(NameGone(error))),
    };
    if found.is_empty() {
        let nothing = io::Error::new(io::ErrorKind::NotFound, "no address");
        return Err(io::Error::other(NameGone(nothing)));
    }
    Ok(found)
}

fn share(end: Instant, is_last: bool) -> Duration {
    let rest = end.saturating_duration_since(Instant::now());
    if is_last { rest } else { rest / 2 }
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
