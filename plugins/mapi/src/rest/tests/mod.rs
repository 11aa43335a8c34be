//! The routes before a management service that answers as it is told.

mod contract;
mod documents;
mod ended;
mod every;
mod export;
mod faults;
mod special;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use portico_hcp::Hcp;
use portico_hcp::testkit::{Deed, Seen, Stub};
use portico_sdk::credential::Credential;
use portico_sdk::keyring::Keyring;
use portico_sdk::pipeline::Verdict;
use portico_sdk::plugin::Built;
use portico_sdk::principal::Way;
use portico_sdk::settings::Size;
use portico_sdk::testkit::ManualClock;
use portico_sdk::upstream::Upstreams;
use portico_sdk::{Body, Door, Principal, Registry, Services, body, dialect, testkit};
use serde_json::Value;

use super::Desk;
use ended::Ring;

/// 2026-11-22T04:00:00Z.
const NOW: u64 = 1_795_320_000;

/// The routes, and the service behind them.
pub(super) struct House {
    built: Built,
    stub: Option<Stub>,
    ring: Arc<Ring>,
}

/// What a client gets.
#[derive(Debug)]
pub(super) struct Got {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Got {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

impl House {
    /// Before a service with a script.
    pub(super) async fn before(script: impl Fn(&Seen) -> Deed + Send + Sync + 'static) -> Self {
        let stub = Stub::start(script).await;
        Self {
            stub: Some(stub.clone()),
            ..Self::at(stub.upstreams())
        }
    }

    /// Before a service that answers everything with one document.
    pub(super) async fn answering(text: &'static str) -> Self {
        Self::before(move |_| Deed::json(200, text)).await
    }

    /// Before whatever the settings lead to.
    pub(super) fn at(upstreams: Upstreams) -> Self {
        let ring = Arc::default();
        Self {
            built: build(upstreams, &ring),
            stub: None,
            ring,
        }
    }

    /// What the service has seen since the last time.
    pub(super) fn seen(&self) -> Vec<Seen> {
        self.stub.as_ref().map(Stub::take).unwrap_or_default()
    }

    /// The only thing that the service has seen.
    pub(super) fn only(&self) -> Seen {
        let mut seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen.remove(0)
    }

    pub(super) async fn get(&self, path: &str) -> Got {
        self.ask("GET", path, None).await
    }

    /// A request without a body, or with a document.
    pub(super) async fn ask(&self, method: &str, path: &str, document: Option<&Value>) -> Got {
        let text = document.map(ToString::to_string).unwrap_or_default();
        self.send(method, path, "application/json", body::full(text))
            .await
    }

    pub(super) async fn send(&self, method: &str, path: &str, kind: &str, body: Body) -> Got {
        let request = Request::builder()
            .method(method)
            .header("content-type", kind);
        let request = request.uri(format!("/api/v1/mapi{path}")).body(()).unwrap();
        let mut exchange = testkit::exchange(request, Door::Rest { public: false });
        exchange.principal = Some(caller());
        let reply = match self.built.pipeline.run(&mut exchange, body).await {
            Ok(Verdict::Reply(reply)) => reply,
            Ok(Verdict::Forward(_)) => panic!("forwarded"),
            Err(error) => dialect::reply(&error, &exchange),
        };
        Got {
            status: reply.status,
            headers: reply.headers,
            body: body::read_whole(reply.body, 1 << 24).await.unwrap(),
        }
    }
}

fn caller() -> Principal {
    Principal {
        user: "adm".to_owned(),
        tenant: None,
        way: Way::Bearer,
        credential: Credential::Password("pw".into()),
        rights: None,
    }
}

fn build(upstreams: Upstreams, ring: &Arc<Ring>) -> Built {
    let clock = Arc::new(ManualClock::at(NOW));
    let hcp = Hcp::new(Arc::new(upstreams.clone()), Size(1 << 20)).unwrap();
    let mut registry = Registry::new(Services::new(clock.clone(), upstreams));
    registry.rest(super::routes(Desk {
        hcp,
        clock,
        ring: Some(Arc::clone(ring) as Arc<dyn Keyring>),
    }));
    registry.build().unwrap()
}
