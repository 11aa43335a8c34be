//! Reads of HCP's services that may be answered from what is kept, and writes that make it old.

use std::future::ready;
use std::sync::Arc;

use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, Request};
use portico_clients::Client;
use portico_sdk::cache::{
    Doubt, Fetching, Found, Identity, Question, ResponseCache, mapi_change, mapi_question,
    query_question,
};
use portico_sdk::upstream::{Upstream, Upstreams};
use portico_sdk::{Body, Error, Principal, Reason};

use crate::call::{Call, Content, Service};

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

    /// The answer that is kept, or what HCP says to the request, which is worded then.
    ///
    /// # Errors
    /// Those of [`Client::send`] and of `request`.
    pub async fn get_or_send(
        &self,
        question: Question,
        upstream: &Upstream,
        request: impl FnOnce() -> Result<Request<Body>, Error> + Send,
    ) -> Result<Found, Error> {
        let mut request = Some(request);
        let mut fetch = || -> Fetching {
            let twice = || Err(Error::new(Reason::InternalError).because("fetched twice"));
            match request.take().map_or_else(twice, |request| request()) {
                Ok(request) => self.send(upstream, request),
                Err(error) => Box::pin(ready(Err(error))),
            }
        };
        self.cache.get_or_fetch(question, &mut fetch).await
    }

    fn send(&self, upstream: &Upstream, request: Request<Body>) -> Fetching {
        let (client, upstream) = (self.client.clone(), upstream.clone());
        Box::pin(async move { client.send(&upstream, request).await })
    }

    /// What a call asks; `None`: its answer is not kept.
    pub(crate) fn question(&self, call: &Call<'_>, upstream: &Upstream) -> Option<Question> {
        let identity = || self.identity(call.caller);
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
        if call.service != Service::Management || call.method.is_safe() {
            return None;
        }
        let path = call.target();
        let change = mapi_change(&self.upstreams, &call.method, path.as_bytes(), call.tenant)?;
        let identity = self.identity(call.caller);
        Some(Doubt::new(Arc::clone(&self.cache), change, identity))
    }

    /// Who a caller is to HCP.
    pub(crate) fn identity(&self, caller: &Principal) -> Identity {
        Identity::management(&*self.cache, caller, self.upstreams.auth_type)
    }
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kept(..)")
    }
}
