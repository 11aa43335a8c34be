//! Listeners: accept, TLS where it is due, HTTP/1.1, and the front for every request.

use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::front::Front;
use crate::recorder::Port;
use crate::wire::{Budget, Wire};

/// Serves until it is dropped; open connections end with it.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    front: Arc<Front>,
    port: Port,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(connection(stream, tls.clone(), Arc::clone(&front), port));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, tls: Option<TlsAcceptor>, front: Arc<Front>, port: Port) {
    // Without Nagle's delay small answers leave at once; a failure costs only speed.
    let _ = stream.set_nodelay(true);
    match tls {
        None => talk(stream, front, port).await,
        Some(tls) => match tls.accept(stream).await {
            Ok(stream) => talk(stream, front, port).await,
            Err(error) => tracing::debug!(%error, "TLS handshake failed"),
        },
    }
}

async fn talk<S>(stream: S, front: Arc<Front>, port: Port)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let budget = Budget::default();
    let wire = TokioIo::new(Wire::new(stream, budget.clone()));
    let service = service_fn(move |request| {
        let (front, budget) = (Arc::clone(&front), budget.clone());
        async move { front.handle(port, budget, request).await }
    });
    if let Err(error) = http1::Builder::new().serve_connection(wire, service).await {
        tracing::debug!(%error, "connection ended early");
    }
}
