//! What browsers are told: before a request, and beside an answer.

use std::sync::Arc;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use http::StatusCode;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, HeaderMap, HeaderValue, ORIGIN, VARY,
};
use portico_sdk::rest::is_preflight;
use portico_sdk::route::{Door, Listener};
use portico_sdk::{Body, Error, Exchange, Handle, Handled, Reply, ResponseFilter};

/// The contract's list.
const METHODS: &str = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";
/// How long a browser may remember a preflight, in seconds.
const MAX_AGE: &str = "600";
/// What pages may read of an answer beside what they always may (Fetch standard, "CORS-safelisted
/// response-header name").
const EXPOSED: &str = "Accept-Ranges, Age, Cache-Status, Content-Disposition, Content-Length, \
                       Content-Range, ETag, Last-Modified, Location, Retry-After, X-Request-ID, \
                       X-Zip-Failed, X-Zip-Failed-Keys";

/// Answers in the sense of the settings. Clones share them.
#[derive(Clone)]
pub(crate) struct Answers(Arc<ArcSwap<Vec<HeaderValue>>>);

fn values(origins: Vec<String>) -> Vec<HeaderValue> {
    let origins = origins.into_iter();
    origins
        .filter_map(|origin| origin.try_into().ok())
        .collect()
}

impl Answers {
    pub(crate) fn to(origins: Vec<String>) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(values(origins))))
    }

    /// The settings have been read again.
    pub(crate) fn admit_from_now_on(&self, origins: Vec<String>) {
        self.0.store(Arc::new(values(origins)));
    }

    /// Writes who may read an answer; `false`: the page that asks may not.
    fn admit(&self, asked: &HeaderMap, headers: &mut HeaderMap) -> bool {
        let origins = self.0.load();
        if origins.is_empty() {
            let all = HeaderValue::from_static("*");
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, all);
            return true;
        }
        headers.append(VARY, HeaderValue::from_static("Origin"));
        let known = asked.get(ORIGIN).filter(|origin| origins.contains(origin));
        if let Some(origin) = known {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            let yes = HeaderValue::from_static("true");
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
        }
        known.is_some()
    }

    /// The answer to a preflight, whatever its path: what is there is none of its business.
    fn preflight(&self, asked: &HeaderMap) -> Reply {
        let mut headers = HeaderMap::new();
        if !self.admit(asked, &mut headers) {
            let words = "Disallowed CORS origin";
            let mut refusal =
                Reply::full(StatusCode::BAD_REQUEST, "text/plain; charset=utf-8", words);
            refusal.headers.extend(headers);
            return refusal;
        }
        let methods = HeaderValue::from_static(METHODS);
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
        if let Some(wanted) = asked.get(ACCESS_CONTROL_REQUEST_HEADERS) {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
        }
        let mut reply = Reply::full(StatusCode::OK, "text/plain; charset=utf-8", "OK");
        reply.headers.extend(headers);
        reply
    }
}

fn is_rest(exchange: &Exchange) -> bool {
    let rest = matches!(exchange.route.door, Door::Rest { .. });
    rest && exchange.arrival.listener == Listener::Api
}

#[async_trait]
impl Handle for Answers {
    async fn handle(&self, exchange: &mut Exchange, body: Body) -> Result<Handled, Error> {
        if is_rest(exchange) && is_preflight(&exchange.head) {
            return Ok(Handled::Reply(self.preflight(exchange.head.headers())));
        }
        Ok(Handled::Next(body))
    }
}

impl ResponseFilter for Answers {
    fn wants_head(&self, exchange: &Exchange, _headers: &HeaderMap) -> bool {
        is_rest(exchange) && exchange.head.headers().contains_key(ORIGIN)
    }

    fn head(&self, exchange: &Exchange, headers: &mut HeaderMap) {
        let asked = exchange.head.headers();
        if !self.wants_head(exchange, headers) || is_preflight(&exchange.head) {
            return;
        }
        if self.admit(asked, headers) {
            let exposed = HeaderValue::from_static(EXPOSED);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }
}

#[cfg(test)]
mod tests {
    use http::Request;
    use portico_sdk::body::{self, read_whole};
    use portico_sdk::testkit;

    use super::*;

    const PAGE: &str = "https://front.example";

    fn exchange(method: &str, origin: &str) -> Exchange {
        let request = Request::builder()
            .method(method)
            .uri("/api/v1/buckets")
            .header(ORIGIN, origin)
            .header("access-control-request-method", "PUT")
            .header(ACCESS_CONTROL_REQUEST_HEADERS, "authorization, x-upload-id");
        testkit::exchange(request.body(()).unwrap(), Door::Rest { public: true })
    }

    async fn preflight(origins: &[&str], origin: &str) -> (u16, HeaderMap, String) {
        let answers = Answers::to(origins.iter().map(ToString::to_string).collect());
        let mut asked = exchange("OPTIONS", origin);
        let handled = answers.handle(&mut asked, body::empty()).await;
        let Ok(Handled::Reply(reply)) = handled else {
            panic!("no answer");
        };
        let body = read_whole(reply.body, 100).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        (reply.status.as_u16(), reply.headers, text)
    }

    #[tokio::test]
    async fn every_page_may_ask_unless_some_are_named() {
        let (status, headers, body) = preflight(&[], PAGE).await;
        assert_eq!((status, body.as_str()), (200, "OK"));
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS));
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_METHODS], METHODS);
        assert_eq!(
            headers[ACCESS_CONTROL_ALLOW_HEADERS],
            "authorization, x-upload-id"
        );
        assert_eq!(headers[ACCESS_CONTROL_MAX_AGE], "600");
        let (status, headers, _) = preflight(&[PAGE], PAGE).await;
        assert_eq!(
            (status, &headers[ACCESS_CONTROL_ALLOW_ORIGIN]),
            (200, &PAGE.parse().unwrap())
        );
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
        assert_eq!(headers[VARY], "Origin");
        let (status, headers, body) = preflight(&[PAGE], "https://other.example").await;
        assert_eq!((status, body.as_str()), (400, "Disallowed CORS origin"));
        assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
    }

    #[test]
    fn answers_say_who_may_read_them() {
        let answers = Answers::to(vec![PAGE.to_owned()]);
        let told = |origin| {
            let mut headers = HeaderMap::new();
            answers.head(&exchange("GET", origin), &mut headers);
            headers
        };
        assert_eq!(told(PAGE)[ACCESS_CONTROL_ALLOW_ORIGIN], PAGE);
        assert!(
            told(PAGE)[ACCESS_CONTROL_EXPOSE_HEADERS]
                .to_str()
                .unwrap()
                .contains("ETag")
        );
        assert!(!told("https://other.example").contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
        assert_eq!(told("https://other.example")[VARY], "Origin");
    }

    #[test]
    fn other_origins_may_be_named_while_it_runs() {
        let answers = Answers::to(vec![PAGE.to_owned()]);
        let admitted = |origin| {
            let mut headers = HeaderMap::new();
            answers.admit(exchange("GET", origin).head.headers(), &mut headers)
        };
        assert!(admitted(PAGE) && !admitted("https://other.example"));
        answers
            .clone()
            .admit_from_now_on(vec!["https://other.example".to_owned()]);
        assert!(!admitted(PAGE) && admitted("https://other.example"));
    }

    #[tokio::test]
    async fn what_is_no_preflight_goes_on() {
        let answers = Answers::to(Vec::new());
        let handled = answers
            .handle(&mut exchange("GET", PAGE), body::empty())
            .await;
        assert!(matches!(handled, Ok(Handled::Next(_))));
    }
}
