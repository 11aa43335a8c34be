//! Reads of HCP's services that may be answered from what is kept, and writes that make it old.

use std::future::ready;
use std::sync::Arc;

use http::header::{ACCEPT, AGE, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, StatusCode};
use portico_clients::Client;
use portico_sdk::cache::{
    Change, Fetching, Found, Identity, Outcome, Question, ResponseCache, mapi_change,
    mapi_question, query_question,
};
use portico_sdk::upstream::{Upstream, Upstreams};
use portico_sdk::{Body, Error, Reason};

use crate::call::{Call, Content, Service};

/// Where caches say what they did (RFC 9211).
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// What caches have said of an answer, for the one that is made of it.
#[must_use]
pub fn said_by_caches(headers: &HeaderMap) -> HeaderMap {
    let said = [AGE, CACHE_STATUS].into_iter();
    let said = said.filter_map(|name| Some((name.clone(), headers.get(name)?.clone())));
    said.collect()
}

/// Asks what is kept, and HCP through the raw client where nothing is.
#[derive(Clone)]
pub struct Kept {
    cache: Arc<dyn ResponseCache>,
    client: Client,
    upstreams: Arc<Upstreams>,
}

impl Kept {
    /// Answers of these upstreams, fetched by this client.
    #[must_use]
    pub fn new(cache: Arc<dyn ResponseCache>, client: Client, upstreams: Arc<Upstreams>) -> Self {
        Self {
            cache,
            client,
            upstreams,
        }
    }

    /// The cache.
    #[must_use]
    pub fn cache(&self) -> &dyn ResponseCache {
        &*self.cache
    }

    /// The answer that is kept, or what HCP says to the request.
    ///
    /// # Errors
    /// Those of [`Client::send`].
    pub async fn get_or_send(
        &self,
        question: Question,
        upstream: &Upstream,
        request: Request<Body>,
    ) -> Result<Found, Error> {
        let mut request = Some(request);
        let mut fetch = || -> Fetching {
            let Some(request) = request.take() else {
                let twice = Error::new(Reason::InternalError).because("fetched twice");
                return Box::pin(ready(Err(twice)));
            };
            let (client, upstream) = (self.client.clone(), upstream.clone());
            Box::pin(async move { client.send(&upstream, request).await })
        };
        self.cache.get_or_fetch(question, &mut fetch).await
    }

    /// What a call asks; `None`: its answer is not kept.
    pub(crate) fn question(&self, call: &Call<'_>, upstream: &Upstream) -> Option<Question> {
        let proof = self.upstreams.auth_type;
        let identity = || Identity::management(&*self.cache, call.caller, proof);
        let authority = upstream.authority();
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(call.accept));
        let question = match (call.service, &call.method, &call.content) {
            (Service::Management, &Method::GET, Content::Nothing) => {
                let (path, query) = (call.target(), call.query.encoded());
                let query = (!query.is_empty()).then_some(query.as_bytes());
                let path = path.as_bytes();
                mapi_question(path, query, &headers, authority, call.tenant, identity())?
            }
            (Service::Query, &Method::POST, Content::Json(asked)) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                let asked = asked.to_string();
                let (asked, tenant) = (asked.as_bytes(), call.tenant);
                query_question(asked, &headers, authority, tenant, identity())
            }
            _ => return None,
        };
        Some(Question {
            demand: call.demand,
            ..question
        })
    }

    /// What a call makes old; `None`: nothing.
    pub(crate) fn change(&self, call: &Call<'_>) -> Option<Doubt> {
        if call.service != Service::Management {
            return None;
        }
        let path = call.target();
        let change = mapi_change(&self.upstreams, &call.method, path.as_bytes(), call.tenant)?;
        let identity = Identity::management(&*self.cache, call.caller, self.upstreams.auth_type);
        Some(Doubt {
            cache: Arc::clone(&self.cache),
            change: Some(change),
            identity,
        })
    }
}

/// A write whose outcome is not known yet. Dropped before it is, it counts as carried out.
pub(crate) struct Doubt {
    cache: Arc<dyn ResponseCache>,
    change: Option<Change>,
    identity: Identity,
}

impl Doubt {
    /// Drops what the write has made old, before anybody hears of its success.
    ///
    /// `status` is HCP's; `None`: it did not answer.
    pub(crate) async fn settle(mut self, status: Option<StatusCode>) {
        let outcome = Outcome::of(status);
        if outcome == Outcome::Unknown {
            // As with a write that answers early, its effect may come later.
            self.change = self.change.take().map(Change::answering_early);
        }
        match &self.change {
            Some(change) if outcome != Outcome::Refused => self.cache.invalidate(change).await,
            _ => {}
        }
        self.change = None;
        if matches!(
            status,
            Some(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
        ) {
            let refused = Change::default().identity(self.identity.clone());
            self.cache.invalidate(&refused).await;
        }
    }
}

impl Drop for Doubt {
    fn drop(&mut self) {
        if let Some(change) = self.change.take() {
            self.cache.invalidate_soon(change.answering_early());
        }
    }
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kept(..)")
    }
}
