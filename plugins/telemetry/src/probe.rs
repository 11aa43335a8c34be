//! Whether the store can be reached, asked in the background at a steady pace.

use std::time::Duration;

use http::header::{CONNECTION, HeaderValue};
use http::{Method, Request, StatusCode};
use portico_clients::Client;
use portico_sdk::error::chain;
use portico_sdk::readiness::{Check, Readiness};
use portico_sdk::upstream::{Backend, Upstream, Upstreams};
use portico_sdk::{Body, Error, Reason, body};
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Asks the store and writes down what came of it.
pub(crate) struct Probe {
    client: Client,
    question: Option<Question>,
    name: &'static str,
    readiness: Readiness,
    limit: Duration,
}

/// A request without a credential that any store answers, with whatever status.
struct Question {
    upstream: Upstream,
    method: Method,
    target: &'static str,
}

impl Probe {
    /// A probe that has not asked yet: until it has, the store counts as out of reach.
    pub(crate) fn new(
        client: Client,
        upstreams: &Upstreams,
        readiness: Readiness,
        limit: Duration,
    ) -> Self {
        let name = match upstreams.backend {
            Backend::Hcp => "hcp",
            Backend::Minio | Backend::Generic => "storage",
        };
        let question = question(upstreams);
        let word = if question.is_some() {
            "unreachable"
        } else {
            "unconfigured"
        };
        readiness.set(name, Check { word, ready: false });
        Self {
            client,
            question,
            name,
            readiness,
            limit,
        }
    }

    /// Asks for ever; ends at once when there is nobody to ask.
    pub(crate) async fn watch(self, every: Duration) {
        let Some(question) = &self.question else {
            return;
        };
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut before = None;
        loop {
            ticks.tick().await;
            let answer = self.ask(question).await;
            self.note(before, &answer);
            before = Some(answer.is_ok());
        }
    }

    async fn ask(&self, question: &Question) -> Result<(), Error> {
        let request = question.request();
        match timeout(self.limit, self.client.send(&question.upstream, request)).await {
            Ok(Ok(answer)) if answer.status() == StatusCode::LOOP_DETECTED => {
                Err(Error::new(Reason::LoopDetected))
            }
            Ok(answer) => answer.map(drop),
            Err(elapsed) => Err(Error::new(Reason::GatewayTimeout).because(elapsed)),
        }
    }

    fn note(&self, before: Option<bool>, answer: &Result<(), Error>) {
        let reachable = answer.is_ok();
        let word = if reachable {
            "reachable"
        } else {
            "unreachable"
        };
        self.readiness.set(
            self.name,
            Check {
                word,
                ready: reachable,
            },
        );
        match answer {
            _ if before == Some(reachable) => {}
            Ok(()) => tracing::info!(check = self.name, "the store can be reached"),
            Err(error) => {
                let error = chain(error);
                tracing::warn!(check = self.name, error, "the store cannot be reached");
            }
        }
    }
}

impl Question {
    fn request(&self) -> Request<Body> {
        let mut request = Request::new(body::empty());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = http::Uri::from_static(self.target);
        // A kept connection that the store closes just then would look like a store that is down.
        let close = HeaderValue::from_static("close");
        request.headers_mut().insert(CONNECTION, close);
        request
    }
}

/// HCP's management service; without one, and for every other store, the S3 endpoint.
fn question(upstreams: &Upstreams) -> Option<Question> {
    let management = match upstreams.backend {
        Backend::Hcp => upstreams.mapi(None).ok(),
        Backend::Minio | Backend::Generic => None,
    };
    if let Some(upstream) = management {
        return Some(Question {
            upstream,
            method: Method::HEAD,
            target: "/mapi/tenants",
        });
    }
    upstreams.s3(None).ok().map(|upstream| Question {
        upstream,
        method: Method::GET,
        target: "/",
    })
}

#[cfg(test)]
mod tests {
    use portico_sdk::testkit::upstreams;

    use super::*;

    #[test]
    fn hcp_is_asked_for_its_tenants_at_the_systems_own_host() {
        let question = question(&upstreams()).unwrap();
        assert_eq!(question.upstream.authority(), "admin.hcp.test:9090");
        let request = question.request();
        assert_eq!(request.method(), Method::HEAD);
        assert_eq!(request.uri(), "/mapi/tenants");
    }

    #[test]
    fn hcp_by_one_address_is_asked_there() {
        let mut upstreams = upstreams();
        upstreams.domain = None;
        assert!(question(&upstreams).is_none());
        upstreams.s3_endpoint = Some(Upstream::new("s3.test", 443, true, [].into()));
        let question = question(&upstreams).unwrap();
        assert_eq!(question.upstream.authority(), "s3.test");
        assert_eq!(question.request().uri(), "/");
    }
}
