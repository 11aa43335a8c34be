//! The one way of every request to the store, and the SDK's connector in front of it.

use std::sync::Arc;

use aws_sdk_s3::config::{HttpClient, RuntimeComponents};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http::header::{CONTENT_LENGTH, HeaderValue};
use http::{Method, Request, Response};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use portico_clients::Client;
use portico_sdk::{Body, Error, Reason};

use crate::escaped;
use crate::hearing::Hearing;
use crate::identity::Identity;
use crate::kept::{Asked, Kept};
use crate::shared::SharedBody;

/// Sends requests on; cheap to clone.
#[derive(Debug, Clone)]
pub struct Wire {
    client: Client,
    kept: Option<Kept>,
}

impl Wire {
    /// Over this transport, with this cache between, if there is one.
    #[must_use]
    pub(crate) fn new(client: Client, kept: Option<Kept>) -> Self {
        Self { client, kept }
    }

    /// One request of an identity, signed already, and its response: all traffic of every client
    /// passes here. Reads may be answered from what is kept; what writes make old is dropped before
    /// anybody hears of their success.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn exchange(
        &self,
        who: &Identity,
        request: Request<Body>,
    ) -> Result<Response<Body>, Error> {
        let hearing = Hearing::current();
        if let (Some(kept), Some(reader)) = (&self.kept, &who.reader) {
            let asked = Asked::of(&request, who);
            let hearing = hearing.as_ref();
            return kept
                .exchange(&self.client, &asked, reader, hearing, request)
                .await;
        }
        let response = self.client.send(&who.upstream, request).await?;
        if let Some(hearing) = hearing {
            hearing.answered(response.status());
        }
        Ok(response)
    }
}

/// The SDK's HTTP client for one identity.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    pub(crate) wire: Wire,
    pub(crate) who: Arc<Identity>,
}

impl HttpClient for Connector {
    fn http_connector(
        &self,
        // Timeouts are the transport's.
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { wire, who } = self.clone();
        HttpConnectorFuture::new(async move {
            let request = outgoing(request)?;
            let is_document = escaped::is_document(&request);
            let mut response = wire.exchange(&who, request).await.map_err(unsent)?;
            if is_document {
                response = escaped::document(response);
            }
            let response = response.map(|body| SdkBody::from_body_1_x(SharedBody::new(body)));
            HttpResponse::try_from(response)
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

fn outgoing(request: HttpRequest) -> Result<Request<Body>, ConnectorError> {
    let request = request.try_into_http1x();
    let request = request.map_err(|error| ConnectorError::user(error.into()))?;
    let (mut parts, body) = request.into_parts();
    // HCP answers 411 to writes that do not tell their length, empty ones too.
    if let (Some(length), true) = (body.size_hint().exact(), writes(&parts.method)) {
        parts
            .headers
            .insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    let broken = |cause| Error::new(Reason::InternalError).because(cause);
    Ok(Request::from_parts(
        parts,
        body.map_err(broken).boxed_unsync(),
    ))
}

fn writes(method: &Method) -> bool {
    method == Method::PUT || method == Method::POST
}

/// Keeps the error whole: [`failure`](crate::failure) takes it out again.
fn unsent(error: Error) -> ConnectorError {
    if error.reason() == Reason::GatewayTimeout {
        return ConnectorError::timeout(error.into());
    }
    ConnectorError::io(error.into())
}
