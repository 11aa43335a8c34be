//! A small client of the Management API, over TLS.

use hcp_simulator::{Simulator, access_key, secret_key};
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::support::{Answer, Outcome, start_with, trust};

/// The system-level user of these tests, with every role.
pub(crate) const ROOT: (&str, &str) = ("root", "toor12");

/// The usual simulator, with that user.
pub(crate) async fn start() -> Simulator {
    start_with(Simulator::builder().system_user(ROOT.0, ROOT.1)).await
}

/// A management request in the making.
pub(crate) struct Ask<'a> {
    hcp: &'a Simulator,
    method: Method,
    host: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// Asks as the system's own administrator; the target stands below `/mapi`.
pub(crate) fn ask<'a>(hcp: &'a Simulator, method: &str, target: &str) -> Ask<'a> {
    let ask = Ask {
        hcp,
        method: method.parse().unwrap(),
        host: format!("admin.{}", hcp.domain()),
        target: format!("/mapi{target}"),
        headers: Vec::new(),
        body: Vec::new(),
    };
    let (name, password) = ROOT;
    ask.login(name, password)
}

impl Ask<'_> {
    /// Asks at the host of a tenant, as one of its users.
    pub(crate) fn of(mut self, tenant: &str, name: &str, password: &str) -> Self {
        self.host = format!("{tenant}.{}", self.hcp.domain());
        self.login(name, password)
    }

    pub(crate) fn login(self, name: &str, password: &str) -> Self {
        let token = format!("HCP {}:{}", access_key(name), secret_key(password));
        self.without("authorization")
            .header("authorization", &token)
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(header, _)| header != name);
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Speaks and wants JSON.
    pub(crate) fn json(self, body: &Value) -> Self {
        self.wants_json()
            .header("content-type", "application/json")
            .body(body.to_string())
    }

    pub(crate) fn wants_json(self) -> Self {
        self.header("accept", "application/json")
    }

    /// Speaks XML.
    pub(crate) fn xml(self, body: &str) -> Self {
        self.header("content-type", "application/xml").body(body)
    }

    pub(crate) async fn send(self) -> Answer {
        self.try_send().await.unwrap()
    }

    /// The status, and the document that came with it.
    pub(crate) async fn read(self) -> (u16, Value) {
        let answer = self.wants_json().send().await;
        let document = serde_json::from_slice(&answer.body).unwrap_or_default();
        (answer.status.as_u16(), document)
    }

    pub(crate) async fn status(self) -> u16 {
        self.send().await.status.as_u16()
    }

    pub(crate) async fn try_send(self) -> Outcome<Answer> {
        let stream = TcpStream::connect(self.hcp.mapi_address()).await?;
        let name = ServerName::try_from(self.host.clone())?;
        let stream = trust(self.hcp).connect(name, stream).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let mut request = Request::builder().method(self.method).uri(self.target);
        request = request.header("host", self.host);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let body = Full::new(bytes::Bytes::from(self.body));
        let response = sender.send_request(request.body(body)?).await?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        drop(sender);
        // A server that cuts the connection after the answer is no failure of the answer.
        let _ = connection.await?;
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        })
    }
}
