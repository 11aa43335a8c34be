//! Carries the requests of a store over the line of one identity.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use http::header::{CONTENT_LENGTH, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
    HttpResponseBody, HttpService,
};
use portico_aws::{Clients, Hearing, Identity, Line, SharedBody, reason};
use portico_sdk::cache::Demand;
use portico_sdk::{Body, Error, Principal, Reason};

use super::parts::Parts;
use super::rights;

/// One identity's way to the store.
#[derive(Clone)]
pub(crate) struct Courier {
    line: Line,
    caller: Principal,
    /// Whose parts of files are the caller's.
    owner: [u8; 32],
    parts: Arc<Parts>,
}

impl Courier {
    /// # Errors
    /// As [`Clients::of`].
    pub(crate) fn new(
        clients: &Clients,
        caller: &Principal,
        parts: &Arc<Parts>,
    ) -> Result<Self, Error> {
        Ok(Self {
            line: clients.line(caller)?,
            caller: caller.clone(),
            owner: clients.owner(caller)?,
            parts: Arc::clone(parts),
        })
    }

    /// For whom the store takes the caller.
    pub(super) fn who(&self) -> &Identity {
        self.line.who()
    }

    /// Whose this is: the same for the same identity at the store, and for nobody else.
    pub(crate) fn owner(&self) -> [u8; 32] {
        self.owner
    }

    async fn exchange(&self, request: HttpRequest) -> Result<Response<Body>, Error> {
        let whole = is_whole(&request);
        let request = outgoing(request);
        // A table's newest version is in a listing: a kept one would hide what was written since. What
        // is written here makes kept answers old all the same.
        let hearing = Hearing::new(Demand::Private);
        let response = hearing.during(self.line.exchange(request)).await?;
        match refused(response.status(), whole) {
            Some(error) => Err(error),
            None => Ok(response),
        }
    }

    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, Error> {
        rights::check(&self.caller, &request)?;
        let Some(part) = self.parts.asked(self.owner, &request) else {
            return Ok(incoming(self.exchange(request).await?));
        };
        if let Some(kept) = self.parts.get(&part) {
            return Ok(kept.map(Into::into));
        }
        let response = self.exchange(request).await?;
        let read = self.parts.keep(part, response).await;
        Ok(read.map_or_else(incoming, |read| read.map(Into::into)))
    }
}

impl HttpConnector for Courier {
    /// Timeouts and TLS are the transport's.
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Courier {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.answer(request).await.map_err(failed)
    }
}

/// Whether a request is for a bucket and not for something in it.
fn is_whole(request: &HttpRequest) -> bool {
    let path = request.uri().path().trim_matches('/');
    !path.contains('/')
}

fn outgoing(request: HttpRequest) -> Request<Body> {
    let (mut parts, body) = request.into_parts();
    let writes = [Method::PUT, Method::POST].contains(&parts.method);
    // HCP answers 411 to writes that do not tell their length, empty ones too.
    if let (Some(length), true) = (body.size_hint().exact(), writes) {
        let length = HeaderValue::from(length);
        parts.headers.insert(CONTENT_LENGTH, length);
    }
    let broken = |cause| Error::new(Reason::InternalError).because(cause);
    Request::from_parts(parts, body.map_err(broken).boxed_unsync())
}

fn incoming(response: Response<Body>) -> HttpResponse {
    response.map(|body| HttpResponseBody::new(SharedBody::new(body).map_err(failed)))
}

/// What only the caller can put right, or nobody. That something in a bucket is not there, or there
/// already, is for the table format to judge.
fn refused(status: StatusCode, whole: bool) -> Option<Error> {
    match status {
        StatusCode::NOT_FOUND if !whole => None,
        StatusCode::NOT_FOUND => Some(Error::with_message(
            Reason::NotFound,
            "There is no such bucket",
        )),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS => {
            Some(Error::new(reason(status.as_u16())))
        }
        status if status.is_server_error() => Some(Error::new(reason(status.as_u16()))),
        _ => None,
    }
}

/// Keeps the error whole: [`failure`](crate::failure) takes it out again. None is worth a repeat.
fn failed(error: Error) -> HttpError {
    HttpError::new(HttpErrorKind::Unknown, error)
}

impl fmt::Debug for Courier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Courier(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(target: &str) -> HttpRequest {
        let request = Request::get(format!("https://t.hcp.test{target}"));
        request.body(bytes::Bytes::new().into()).unwrap()
    }

    #[test]
    fn a_bucket_that_is_not_there_is_told_from_an_object_that_is_not() {
        for (target, whole) in [
            ("/b", true),
            ("/b/?list-type=2", true),
            ("/b/k", false),
            ("/b/a/b?uploadId=1", false),
        ] {
            assert_eq!(is_whole(&asked(target)), whole, "{target}");
        }
        let reason = |status, whole| refused(status, whole).map(|error| error.reason());
        assert_eq!(reason(StatusCode::NOT_FOUND, false), None);
        assert_eq!(reason(StatusCode::NOT_FOUND, true), Some(Reason::NotFound));
        assert_eq!(reason(StatusCode::PRECONDITION_FAILED, false), None);
        let denied = reason(StatusCode::FORBIDDEN, false);
        assert_eq!(denied, Some(Reason::AccessDenied));
        let busy = reason(StatusCode::SERVICE_UNAVAILABLE, false);
        assert_eq!(busy, Some(Reason::StoreBusy));
    }
}
