//! A small S3 client that says exactly what it is told, signed by `aws-sigv4`.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "helpers of tests: each binary uses a part, and a failure here is the test's"
)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use hcp_simulator::{Simulator, access_key, secret_key};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// The usual simulator: tenant `europe`, users `ann` and `bob`, ann's bucket `maps`.
pub async fn start() -> Simulator {
    start_with(Simulator::builder()).await
}

pub async fn start_with(builder: hcp_simulator::Builder) -> Simulator {
    let builder = builder
        .user("europe", "ann", "secret")
        .user("europe", "bob", "hush");
    let simulator = builder.start().await.unwrap();
    simulator.create_bucket("europe", "ann", "maps").unwrap();
    simulator
}

/// TLS that trusts this simulator's own authority.
pub fn trust(simulator: &Simulator) -> TlsConnector {
    let mut roots = rustls::RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(simulator.ca_pem().as_bytes()).unwrap();
    roots.add(authority).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

/// An answer, whole.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The text of the first element of this name.
    pub fn element(&self, name: &str) -> &str {
        let text = self.text();
        let (_, rest) = text.split_once(&format!("<{name}>")).unwrap_or(("", ""));
        rest.split_once("</").map_or("", |(value, _)| value)
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Status and error code.
    pub fn error(&self) -> (u16, &str) {
        (self.status.as_u16(), self.element("Code"))
    }
}

/// A request in the making.
pub struct Call {
    pub address: SocketAddr,
    pub user: (&'static str, &'static str),
    pub method: Method,
    pub host: String,
    pub target: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Bytes,
    /// What is sent instead of the body that was signed.
    pub sent: Option<Bytes>,
    pub token: Option<String>,
    pub unsigned: bool,
    /// Headers that were signed already, to be sent as they are.
    pub ready: Option<HeaderMap>,
}

pub fn call(simulator: &Simulator, method: Method, target: &str) -> Call {
    Call {
        address: simulator.plain_address(),
        user: ("ann", "secret"),
        method,
        host: format!("europe.{}", simulator.domain()),
        target: target.to_owned(),
        headers: Vec::new(),
        body: Bytes::new(),
        sent: None,
        token: None,
        unsigned: false,
        ready: None,
    }
}

pub fn get(simulator: &Simulator, target: &str) -> Call {
    call(simulator, Method::GET, target)
}

pub fn put(simulator: &Simulator, target: &str, body: impl Into<Bytes>) -> Call {
    let body = body.into();
    let length = body.len().to_string();
    let call = call(simulator, Method::PUT, target).header("content-length", &length);
    Call { body, ..call }
}

impl Call {
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn user(mut self, name: &'static str, password: &'static str) -> Self {
        self.user = (name, password);
        self
    }

    pub fn host(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    /// Signs the request for a URL instead of a header.
    pub fn presign(mut self) -> Self {
        let uri = format!("http://{}{}", self.host, self.target);
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(uri)
            .body(())
            .unwrap();
        self.sign_into(
            &mut request,
            SignatureLocation::QueryParams,
            SignableBody::UnsignedPayload,
        );
        self.target = request.uri().path_and_query().unwrap().to_string();
        self.unsigned = true;
        self
    }

    fn sign_into<B>(
        &self,
        request: &mut Request<B>,
        location: SignatureLocation,
        body: SignableBody<'_>,
    ) {
        let (name, password) = self.user;
        let (key, secret) = (access_key(name), secret_key(password));
        let identity = Credentials::new(key, secret, self.token.clone(), None, "test").into();
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings.signature_location = location;
        if location == SignatureLocation::QueryParams {
            settings.expires_in = Some(Duration::from_mins(1));
        }
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region("us-east-1")
            .name("s3")
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let uri = format!("http://{}{}", self.host, self.target);
        let headers = self
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        let signable = SignableRequest::new(self.method.as_str(), uri, headers, body).unwrap();
        let (instructions, _) = sign(signable, &params).unwrap().into_parts();
        instructions.apply_to_request_http1x(request);
    }

    pub fn request(&self) -> Request<Full<Bytes>> {
        let mut builder = Request::builder()
            .method(self.method.clone())
            .uri(&self.target);
        builder = builder.header("host", &self.host);
        for (name, value) in &self.headers {
            builder = builder.header(*name, value);
        }
        let sent = self.sent.clone().unwrap_or_else(|| self.body.clone());
        let mut request = builder.body(Full::new(sent)).unwrap();
        if let Some(headers) = &self.ready {
            request.headers_mut().clone_from(headers);
        } else if !self.unsigned {
            let given = self
                .headers
                .iter()
                .find(|(name, _)| *name == "x-amz-content-sha256");
            let body = match given {
                Some((_, value)) => SignableBody::Precomputed(value.clone()),
                None => SignableBody::Bytes(&self.body),
            };
            self.sign_into(&mut request, SignatureLocation::Headers, body);
        }
        request
    }

    pub async fn send(self) -> Answer {
        self.try_send().await.unwrap()
    }

    pub async fn try_send(self) -> Outcome<Answer> {
        let stream = TcpStream::connect(self.address).await?;
        self.send_over(stream).await
    }

    /// Sends by HTTPS, with the host's name.
    pub async fn send_secretly(mut self, simulator: &Simulator) -> Answer {
        self.address = simulator.data_address();
        let stream = TcpStream::connect(self.address).await.unwrap();
        let name = ServerName::try_from(self.host.clone()).unwrap();
        let stream = trust(simulator).connect(name, stream).await.unwrap();
        self.send_over(stream).await.unwrap()
    }

    async fn send_over<S>(self, stream: S) -> Outcome<Answer>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let response = sender.send_request(self.request()).await?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        drop(sender);
        connection.await??;
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        })
    }
}
