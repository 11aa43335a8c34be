//! The way to the collector: hyper and rustls with ring, as everywhere in the house.

use super::endpoint::Endpoint;
use async_trait::async_trait;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use opentelemetry_http::{Bytes, HttpClient, HttpError};

/// The most that a collector's answer may hold.
const ANSWER: usize = 1 << 20;

/// Sends bodies and reads whole answers.
#[derive(Debug)]
pub(super) struct Sender(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl Sender {
    pub(super) fn new(endpoint: &Endpoint) -> Self {
        let mut builder = Client::builder(TokioExecutor::new());
        Self(
            builder
                .pool_timer(TokioTimer::new())
                .build(connector(endpoint, None)),
        )
    }
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let response = self.0.request(request.map(Full::new)).await?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, ANSWER).collect().await?;
        Ok(Response::from_parts(parts, body.to_bytes()))
    }
}

/// Connects, and encrypts where the endpoint is `https`; `protocol` is what TLS agrees on (ALPN).
pub(super) fn connector(
    endpoint: &Endpoint,
    protocol: Option<&[u8]>,
) -> HttpsConnector<HttpConnector> {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    let mut tls = endpoint.tls.clone();
    tls.alpn_protocols = protocol.map(<[u8]>::to_vec).into_iter().collect();
    HttpsConnector::from((http, tls))
}
