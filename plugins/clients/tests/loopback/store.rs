//! Stores on loopback: one that answers over HTTP and TLS, and ones that misbehave.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use portico_clients::Client;
use portico_sdk::upstream::{Upstream, Upstreams};
use portico_sdk::{Body, Error, body, testkit};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// The name that every store of these tests bears; it is in no DNS.
pub(crate) const HOST: &str = "tenant.store.invalid";

/// A certificate with its key, and the PEM text of whoever vouches for it.
pub(crate) struct Identity {
    pub(crate) authority: String,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

fn key_of(pair: &KeyPair) -> PrivateKeyDer<'static> {
    PrivatePkcs8KeyDer::from(pair.serialize_der()).into()
}

impl Identity {
    /// Issued by an authority made for it.
    pub(crate) fn issued(name: &str) -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap());
        let authority = authority.unwrap();
        let pair = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&pair, &authority).unwrap();
        Self {
            authority: authority.pem(),
            chain: vec![certificate.der().clone()],
            key: key_of(&pair),
        }
    }

    /// Signed by itself, and calling itself an authority: `openssl req -x509`.
    pub(crate) fn self_signed(name: &str) -> Self {
        let pair = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&pair).unwrap();
        Self {
            authority: certificate.pem(),
            chain: vec![certificate.der().clone()],
            key: key_of(&pair),
        }
    }

    fn acceptor(self) -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(self.chain, self.key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// A store that answers every request with what it saw of it.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) address: SocketAddr,
    pub(crate) connections: Arc<AtomicUsize>,
    pub(crate) server_names: Arc<Mutex<Vec<Option<String>>>>,
}

impl Store {
    /// Without TLS.
    pub(crate) async fn plain() -> Self {
        Self::start(None).await
    }

    /// With TLS.
    pub(crate) async fn tls(identity: Identity) -> Self {
        Self::start(Some(identity.acceptor())).await
    }

    async fn start(acceptor: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let store = Self {
            address: listener.local_addr().unwrap(),
            connections: Arc::default(),
            server_names: Arc::default(),
        };
        let serving = store.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                serving.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serving.clone().serve(stream, acceptor.clone()));
            }
        });
        store
    }

    async fn serve(self, stream: TcpStream, acceptor: Option<TlsAcceptor>) {
        let Some(acceptor) = acceptor else {
            return answer_all(stream, self.address).await;
        };
        if let Ok(stream) = acceptor.accept(stream).await {
            let name = stream.get_ref().1.server_name().map(str::to_owned);
            self.server_names.lock().unwrap().push(name);
            answer_all(stream, self.address).await;
        }
    }
}

async fn answer_all(stream: impl AsyncRead + AsyncWrite + Unpin, address: SocketAddr) {
    // A client that goes away in the middle is none of the store's business.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(
            TokioIo::new(stream),
            service_fn(move |request| echo(request, address)),
        )
        .await;
}

/// Method, target, `Host`, body and the store's own address, one a line.
async fn echo(
    request: Request<Incoming>,
    address: SocketAddr,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let host = parts.headers.get("host").map(|host| host.to_str().unwrap());
    let text = format!(
        "{} {} {:?}\n{}\n{}\n{address}",
        parts.method,
        parts.uri,
        parts.version,
        host.unwrap_or("-"),
        String::from_utf8_lossy(&body)
    );
    let moved = parts.uri.path() == "/moved";
    let status = match parts.uri.path() {
        "/moved" => 302,
        "/broken" => 500,
        _ => 200,
    };
    let mut response = Response::builder().status(status);
    if moved {
        response = response.header("location", "/elsewhere");
    }
    Ok(response.body(Full::from(text)).unwrap())
}

/// A store that does to each connection what it is told.
pub(crate) async fn misbehaving<F, Fut>(deed: F) -> SocketAddr
where
    F: Fn(TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(deed(stream));
        }
    });
    address
}

/// An address that nobody listens on.
pub(crate) async fn dead() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

/// The store's name, at these addresses.
pub(crate) fn upstream(tls: bool, addresses: &[SocketAddr]) -> Upstream {
    Upstream::new(HOST, if tls { 443 } else { 80 }, tls, addresses.into())
}

/// Ten seconds for everything, so that only the tests of limits run into one.
pub(crate) fn rules() -> Upstreams {
    let mut upstreams = testkit::upstreams();
    let long = Duration::from_secs(10);
    upstreams.timeouts.connect = long;
    upstreams.timeouts.read = long;
    upstreams.timeouts.write = long;
    upstreams.timeouts.idle = long;
    upstreams.timeouts.response = long;
    upstreams.tls.verify = false;
    upstreams
}

/// The rules that trust one authority.
pub(crate) fn trusting(authority: &str) -> Upstreams {
    let mut upstreams = rules();
    upstreams.tls.verify = true;
    upstreams.tls.ca_pem = Some(authority.as_bytes().into());
    upstreams
}

/// A request without a body.
pub(crate) fn get(target: &str) -> Request<Body> {
    Request::get(target).body(body::empty()).unwrap()
}

/// Sends, reads the whole response, and gives it as text.
pub(crate) async fn fetch(
    client: &Client,
    upstream: &Upstream,
    request: Request<Body>,
) -> Result<String, Error> {
    let response = client.send(upstream, request).await?;
    let whole = body::read_whole(response.into_body(), 1 << 20).await?;
    Ok(String::from_utf8(whole.to_vec()).unwrap())
}
