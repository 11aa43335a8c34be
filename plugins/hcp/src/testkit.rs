//! A service on loopback that answers as it is told and remembers what it was asked; TLS, because
//! HCP's management speaks nothing else.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "it helps tests, and may do what they may"
)]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use portico_sdk::upstream::Upstreams;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The method.
    pub method: Method,
    /// Path and query, byte for byte.
    pub target: String,
    /// The headers, `host` among them.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// What the service does about a request.
#[derive(Debug)]
pub enum Deed {
    /// Answers.
    Answer(Response<Bytes>),
    /// Never answers.
    Silence,
    /// Closes the connection.
    Hangup,
}

impl Deed {
    /// An answer with a JSON text.
    #[must_use]
    pub fn json(status: u16, text: impl Into<Bytes>) -> Self {
        let response = Response::builder().status(status);
        let response = response.header("content-type", "application/json");
        Self::Answer(response.body(text.into()).unwrap())
    }
}

type Script = Arc<dyn Fn(&Seen) -> Deed + Send + Sync>;

/// The service. It ends with the runtime that it was started on.
#[derive(Clone)]
pub struct Stub {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Stub {
    /// Starts one on a free port.
    pub async fn start(script: impl Fn(&Seen) -> Deed + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stub = Self {
            address: listener.local_addr().unwrap(),
            seen: Arc::default(),
        };
        let (serving, acceptor) = (stub.clone(), acceptor());
        let script: Script = Arc::new(script);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(
                    serving
                        .clone()
                        .serve(stream, acceptor.clone(), script.clone()),
                );
            }
        });
        stub
    }

    /// Settings that lead here: domain `hcp.test`, every service at this one's address, patience of
    /// some seconds.
    #[must_use]
    pub fn upstreams(&self) -> Upstreams {
        upstreams(self.address)
    }

    /// Takes out what was asked since the last time.
    #[must_use]
    pub fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }

    async fn serve(self, stream: TcpStream, acceptor: TlsAcceptor, script: Script) {
        let Ok(stream) = acceptor.accept(stream).await else {
            return;
        };
        let answer = |request| answer(request, &self, &script);
        // A client that leaves in the middle is none of the service's business.
        let _ = hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service_fn(answer))
            .await;
    }
}

/// Settings that lead to an address where nobody listens.
pub async fn nobody() -> Upstreams {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    upstreams(listener.local_addr().unwrap())
}

fn upstreams(address: SocketAddr) -> Upstreams {
    let mut upstreams = portico_sdk::testkit::upstreams();
    upstreams.mapi_addresses = [address].into();
    upstreams.s3_addresses = [address].into();
    upstreams.tls.verify = false;
    let long = Duration::from_secs(20);
    upstreams.timeouts.connect = long;
    upstreams.timeouts.read = long;
    upstreams.timeouts.write = long;
    upstreams.timeouts.response = long;
    upstreams
}

fn acceptor() -> TlsAcceptor {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["hcp.test".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key.into())
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn answer(
    request: Request<Incoming>,
    stub: &Stub,
    script: &Script,
) -> Result<Response<Full<Bytes>>, std::io::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(std::io::Error::other)?;
    let seen = Seen {
        method: parts.method,
        target: parts.uri.to_string(),
        headers: parts.headers,
        body: body.to_bytes(),
    };
    let deed = script(&seen);
    stub.seen.lock().unwrap().push(seen);
    match deed {
        Deed::Answer(response) => Ok(response.map(Full::new)),
        Deed::Silence => std::future::pending().await,
        Deed::Hangup => Err(std::io::Error::other("hung up")),
    }
}
