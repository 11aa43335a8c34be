//! Reads at the transparent door that may be answered from what is kept.

use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, AUTHORIZATION, CACHE_CONTROL, CONNECTION,
    CONTENT_LENGTH, CONTENT_TYPE, HOST, ORIGIN, PRAGMA, REFERER, USER_AGENT,
};
use http::{HeaderMap, HeaderName, Method, Request};
use portico_hcp::Kept;
use portico_sdk::cache::{
    CONDITIONS, Found, Identity, Origin, Question, conditional, mapi_question, query_question,
};
use portico_sdk::credential::AuthType;
use portico_sdk::exchange::Head;
use portico_sdk::hop::end_to_end;
use portico_sdk::route::Service;
use portico_sdk::upstream::Upstream;
use portico_sdk::{Body, Error, Exchange, Principal, Reason, Reply, Tenant, body};

use crate::door::BESIDE_A_TOKEN;
use crate::proof::proof;
use crate::tenant;

/// The longest question that is read whole, in bytes; a longer one is forwarded.
const LONGEST: u64 = 64 * 1024;

/// Headers of which HCP's answer does not depend. A request with any other is forwarded as it is.
static SILENT: [HeaderName; 13] = [
    ACCEPT_ENCODING,
    ACCEPT_LANGUAGE,
    AUTHORIZATION,
    CACHE_CONTROL,
    CONNECTION,
    CONTENT_LENGTH,
    HOST,
    ORIGIN,
    PRAGMA,
    REFERER,
    USER_AGENT,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("x-request-id"),
];

/// What of the headers above is a family.
const SILENT_FAMILIES: [&str; 4] = ["sec-", "x-forwarded-", "trace", "forwarded"];

/// One read of a principal.
pub(crate) struct Reading<'a> {
    pub(crate) kept: &'a Kept,
    pub(crate) service: Service,
    pub(crate) principal: &'a Principal,
    pub(crate) tenant: Option<&'a Tenant>,
    pub(crate) upstream: &'a Upstream,
    pub(crate) auth_type: AuthType,
}

impl Reading<'_> {
    /// Answers what may be kept; `None`: to be forwarded, its body is untouched.
    ///
    /// # Errors
    /// Those of the client, whether it is ours or the one that asks.
    pub(crate) async fn answer(self, head: &Head, body: Body) -> Result<Option<Found>, Error> {
        if !is_plain(head.headers()) {
            return Ok(None);
        }
        match (self.service, head.method()) {
            (Service::Mapi, &Method::GET | &Method::HEAD) if !head.has_body() => {
                self.resource(head).await
            }
            (Service::Query, &Method::POST) if is_short(head.headers()) => {
                let asked = body::read_whole(body, usize::try_from(LONGEST).unwrap_or(0)).await?;
                self.query(head, asked).await
            }
            _ => Ok(None),
        }
    }

    async fn resource(self, head: &Head) -> Result<Option<Found>, Error> {
        let (path, query) = (head.raw_path(), head.raw_query());
        let identity = self.identity();
        let authority = self.upstream.authority();
        let question = mapi_question(
            path,
            query,
            head.headers(),
            authority,
            self.tenant,
            identity,
        );
        let Some(question) = question else {
            return Ok(None);
        };
        if head.method() == Method::HEAD {
            // HCP may have another answer to a HEAD than to a GET that nobody has asked.
            return Ok(self.kept.cache().kept(question).await);
        }
        self.send(question, || self.request(head, body::empty()))
            .await
    }

    async fn query(self, head: &Head, asked: Bytes) -> Result<Option<Found>, Error> {
        let identity = self.identity();
        let authority = self.upstream.authority();
        let question = query_question(&asked, head.headers(), authority, self.tenant, identity);
        self.send(question, || self.request(head, body::full(asked)))
            .await
    }

    async fn send(
        &self,
        question: Question,
        request: impl FnOnce() -> Result<Request<Body>, Error> + Send,
    ) -> Result<Option<Found>, Error> {
        let found = self.kept.get_or_send(question, self.upstream, request);
        found.await.map(Some)
    }

    fn identity(&self) -> Identity {
        Identity::management(self.kept.cache(), self.principal, self.auth_type)
    }

    /// The request as everybody who asks the same would send it.
    fn request(&self, head: &Head, body: Body) -> Result<Request<Body>, Error> {
        let request = Request::builder()
            .method(head.method())
            .uri(&head.target[..]);
        let internal = |cause| Error::new(Reason::InternalError).because(cause);
        let mut request = request.body(body).map_err(internal)?;
        let headers = request.headers_mut();
        // What the question does not tell must not reach HCP.
        let told = match self.service {
            Service::Mapi => &[ACCEPT][..],
            Service::Query => &[ACCEPT, CONTENT_TYPE],
        };
        for name in told {
            if let Some(value) = head.headers().get(name) {
                headers.insert(name, value.clone());
            }
        }
        headers.insert(AUTHORIZATION, proof(self.auth_type, self.principal)?);
        Ok(request)
    }
}

/// The reply, as the client asked for it: perhaps "not modified", without a body to a HEAD.
pub(crate) fn reply(found: Found, exchange: &mut Exchange) -> Reply {
    if found.origin == Origin::Store {
        exchange.outcome.store_status = Some(found.response.status());
    }
    let mut reply = Reply::from(conditional(found.response, exchange.head.headers()));
    if found.origin != Origin::Kept {
        end_to_end(&mut reply.headers);
    }
    reply
}

fn is_plain(headers: &HeaderMap) -> bool {
    headers.keys().all(|name| {
        let known = [ACCEPT, CONTENT_TYPE, tenant::HEADER];
        let family = |prefix: &&str| name.as_str().starts_with(prefix);
        known.contains(name)
            || SILENT.contains(name)
            || CONDITIONS.contains(name)
            || BESIDE_A_TOKEN.contains(name)
            || SILENT_FAMILIES.iter().any(family)
    })
}

fn is_short(headers: &HeaderMap) -> bool {
    let length = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    let length = length.and_then(|text| text.parse::<u64>().ok());
    length.is_some_and(|length| length <= LONGEST)
}
