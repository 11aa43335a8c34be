//! The client: a call becomes a request, an answer becomes a value or a failure.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use portico_clients::{Client, ClientError};
use portico_sdk::cache::{Derived, Found, ResponseCache};
use portico_sdk::settings::Size;
use portico_sdk::upstream::{Upstream, Upstreams};
use portico_sdk::{Body, Error, Reason, body, error};
use serde_json::{Map, Value};

use crate::call::{Call, Content, Service};
use crate::failure::{Failure, Refused};
use crate::kept::Kept;

/// How much of a refusal's body is read for its words, in bytes.
const LONGEST_REFUSAL: usize = 64 * 1024;

/// A success of HCP.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// 2xx.
    pub status: StatusCode,
    /// HCP's own headers.
    pub headers: HeaderMap,
    /// The JSON value; an empty object when the body is empty or no JSON.
    pub value: Value,
}

/// What was made of a success of HCP.
#[derive(Debug)]
pub struct Made {
    /// HCP's own headers.
    pub headers: HeaderMap,
    /// What the maker made.
    pub body: Bytes,
}

/// A success that has not been read.
struct Heard {
    response: Response<Body>,
    derived: Option<Derived>,
}

impl From<Response<Body>> for Heard {
    fn from(response: Response<Body>) -> Self {
        Self {
            response,
            derived: None,
        }
    }
}

impl From<Found> for Heard {
    fn from(found: Found) -> Self {
        Self {
            response: found.response,
            derived: found.derived,
        }
    }
}

/// Asks HCP's management and query services. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Hcp {
    client: Client,
    upstreams: Arc<Upstreams>,
    limit: usize,
    kept: Option<Kept>,
}

impl Hcp {
    /// A client that reads JSON answers up to a size.
    ///
    /// # Errors
    /// The TLS rules of the upstreams cannot be used.
    pub fn new(upstreams: Arc<Upstreams>, largest_answer: Size) -> Result<Self, ClientError> {
        Ok(Self {
            client: Client::new(&upstreams)?,
            upstreams,
            limit: usize::try_from(largest_answer.0).unwrap_or(usize::MAX),
            kept: None,
        })
    }

    /// Answers reads from what is kept, and tells the cache of writes.
    #[must_use]
    pub fn keeping(mut self, cache: Option<Arc<dyn ResponseCache>>) -> Self {
        let (client, upstreams) = (&self.client, &self.upstreams);
        let kept = |cache| Kept::new(cache, client.clone(), Arc::clone(upstreams));
        self.kept = cache.map(kept);
        self
    }

    /// What is kept, where anything is.
    #[must_use]
    pub fn kept(&self) -> Option<&Kept> {
        self.kept.as_ref()
    }

    /// Sends, and reads the answer whole.
    ///
    /// # Errors
    /// Whatever is no success, and answers that are too large.
    pub async fn json(&self, call: Call<'_>) -> Result<Answer, Failure> {
        let service = call.service;
        self.read(service, self.send(call).await?).await
    }

    /// Sends, and has something made of the answer: nothing but the answer may count in it. Where the
    /// answer is kept, what is made is kept with it, under the maker's name.
    ///
    /// # Errors
    /// As [`json`](Self::json).
    pub async fn made(
        &self,
        call: Call<'_>,
        maker: &'static str,
        make: impl FnOnce(Answer) -> Bytes,
    ) -> Result<Made, Failure> {
        let service = call.service;
        let Heard { response, derived } = self.hear(call).await?;
        if let Some(body) = derived.as_ref().and_then(|derived| derived.get(maker)) {
            let headers = response.into_parts().0.headers;
            return Ok(Made { headers, body });
        }
        let answer = self.read(service, response).await?;
        let headers = answer.headers.clone();
        let body = make(answer);
        if let Some(derived) = derived {
            derived.keep(maker, &body);
        }
        Ok(Made { headers, body })
    }

    async fn read(&self, service: Service, response: Response<Body>) -> Result<Answer, Failure> {
        let (parts, body) = response.into_parts();
        let bytes = match body::read_whole(body, self.limit).await {
            Ok(bytes) => bytes,
            Err(error) if error.reason() == Reason::EntityTooLarge => {
                return Err(Failure::TooLarge(service));
            }
            Err(error) => return Err(Failure::of(service, error)),
        };
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            value: value(&bytes),
        })
    }

    /// Sends, and gives a success with its body streamed.
    ///
    /// # Errors
    /// Whatever is no success. The body may end with a transport's error.
    pub async fn send(&self, call: Call<'_>) -> Result<Response<Body>, Failure> {
        self.hear(call).await.map(|heard| heard.response)
    }

    async fn hear(&self, call: Call<'_>) -> Result<Heard, Failure> {
        let (service, method, path) = (call.service, call.method.clone(), call.path.clone());
        let sent = self.hear_unlogged(call).await;
        if let Err(failure) = &sent {
            let what = format!("{method} {}{path}", service.root());
            note(service, &what, failure);
        }
        sent
    }

    async fn hear_unlogged(&self, call: Call<'_>) -> Result<Heard, Failure> {
        let upstream = self.place(&call)?;
        let service = call.service;
        let sent = match &self.kept {
            Some(kept) => self.send_or_keep(kept, call, &upstream).await?,
            None => self
                .send_now(&upstream, self.request(call)?)
                .await
                .map(Heard::from),
        };
        let heard = sent.map_err(|error| Failure::of(service, error))?;
        if heard.response.status().is_success() {
            return Ok(heard);
        }
        let (parts, body) = heard.response.into_parts();
        let words = beginning(body).await;
        Err(Failure::Refused(Refused::new(
            parts.status,
            &parts.headers,
            &words,
        )))
    }

    async fn send_or_keep(
        &self,
        kept: &Kept,
        call: Call<'_>,
        upstream: &Upstream,
    ) -> Result<Result<Heard, Error>, Failure> {
        if let Some(question) = kept.question(&call, upstream) {
            // Most are not sent: what would be sent is worded for those that are.
            let request = || self.request(call).map_err(|failure| failure.into_error(""));
            let found = kept.get_or_send(question, upstream, request).await;
            return Ok(found.map(Heard::from));
        }
        let (doubt, reader) = (kept.change(&call), kept.identity(call.caller));
        let request = self.request(call)?;
        let sent = self.send_now(upstream, request).await;
        let status = sent.as_ref().ok().map(Response::status);
        match (doubt, status) {
            (Some(doubt), status) => doubt.settle(status).await,
            (None, Some(status)) => kept.cache().believe(&reader, status).await,
            (None, None) => {}
        }
        Ok(sent.map(Heard::from))
    }

    /// Boxed: what is answered out of memory need not carry it along.
    async fn send_now(
        &self,
        upstream: &Upstream,
        request: Request<Body>,
    ) -> Result<Response<Body>, Error> {
        Box::pin(self.client.send(upstream, request)).await
    }

    fn place(&self, call: &Call<'_>) -> Result<Upstream, Failure> {
        let place = match call.service {
            Service::Management => self.upstreams.mapi(call.tenant),
            Service::Query => self.upstreams.query(call.tenant),
        };
        place.map_err(|nowhere| Failure::NoUpstream(call.service, nowhere))
    }

    fn request(&self, call: Call<'_>) -> Result<Request<Body>, Failure> {
        let caller = call.caller;
        let proof = self.upstreams.auth_type;
        let proof = proof.authorization(&caller.user, &caller.credential)?;
        let mut target = call.target();
        if !call.query.is_empty() {
            target.push('?');
            target.push_str(&call.query.encoded());
        }
        let (media, body) = match call.content {
            Content::Nothing => (None, body::empty()),
            Content::Json(value) => (Some("application/json"), body::full(value.to_string())),
            Content::Raw(body) => (Some("application/octet-stream"), body),
        };
        let request = Request::builder().method(call.method).uri(target);
        let mut request = request.body(body).map_err(unwritable)?;
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, proof);
        headers.insert(ACCEPT, HeaderValue::from_static(call.accept));
        if let Some(media) = media {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
        }
        Ok(request)
    }
}

/// Tells the log of a call that came to nothing; `what` has no query, which may hold a password.
fn note(service: Service, what: &str, failure: &Failure) {
    let name = match service {
        Service::Management => "MAPI",
        Service::Query => "query",
    };
    match (failure, failure.status()) {
        (Failure::Ours(_), _) => {}
        // A redirect is HCP's way of saying that there is nothing.
        (_, Some(status)) if status.is_redirection() => {}
        (_, Some(status)) => tracing::warn!("{name} {what} → {}", status.as_u16()),
        (_, None) => tracing::error!("{name} {what}: {}", error::chain(failure)),
    }
}

/// An address too long for a request line: the caller's names make it so.
fn unwritable(cause: http::Error) -> Failure {
    let words = "Request URI too large";
    Failure::Ours(Error::with_message(Reason::UriTooLong, words).because(cause))
}

fn value(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|_| Value::Object(Map::new()))
}

/// As much of a refusal's body as can be had: its words are worth no further failure.
async fn beginning(body: Body) -> Bytes {
    let mut body = Limited::new(body, LONGEST_REFUSAL);
    let mut words = bytes::BytesMut::new();
    while let Some(Ok(frame)) = body.frame().await {
        if let Ok(piece) = frame.into_data() {
            words.extend_from_slice(&piece);
        }
    }
    words.freeze()
}
