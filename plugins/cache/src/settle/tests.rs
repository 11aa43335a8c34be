//! Which answers drop what.

use http::{Request, StatusCode};
use portico_sdk::cache::{Home, Lifetime, Question, ResponseCache as _, Shape};
use portico_sdk::credential::{AccessKeys, Credential};
use portico_sdk::principal::{Principal, Way};
use portico_sdk::route::Service;
use portico_sdk::testkit::exchange;

use super::*;
use crate::cache::Kit;

fn home() -> Home {
    Home::default()
}

/// What is kept of one bucket, by somebody.
fn question(identity: Identity) -> Question {
    Question {
        operation: "HeadBucket",
        home: home(),
        shape: Shape::Properties("b".into()),
        lifetime: Lifetime::Metadata,
        demand: portico_sdk::cache::Demand::Any,
        key: identity.as_bytes()[..].into(),
        identity,
        shared: false,
    }
}

struct House {
    kit: Kit,
    settle: Settle,
}

impl House {
    fn new() -> Self {
        let kit = Kit::new();
        let settle = Settle {
            cache: kit.cache.clone(),
            by: AuthType::Hcp,
        };
        Self { kit, settle }
    }

    fn identity(&self) -> Identity {
        Identity::data(&self.kit.cache, &principal())
    }

    /// Lets an exchange happen, and tells whether what was kept before still is.
    async fn keeps(&self, exchange: &Exchange, ended: bool) -> bool {
        let question = || question(self.identity());
        self.kit.ask(question(), "").await;
        if self.settle.wants_settling(exchange) {
            self.settle.settle(exchange).await;
        }
        if ended {
            self.settle.observe(exchange, None);
        }
        self.kit.cache.kept(question()).await.is_some()
    }
}

fn principal() -> Principal {
    let keys = AccessKeys {
        access_key: "YWRh".to_owned(),
        secret_key: "secret".into(),
    };
    Principal {
        user: "ada".to_owned(),
        tenant: None,
        way: Way::Keyring,
        credential: Credential::S3Keys(keys),
        rights: None,
    }
}

/// An exchange that may change the bucket, and what the store said to it.
fn writing(status: Option<u16>) -> Exchange {
    let mut exchange = said(status);
    let change = Change::default().properties(&home(), "b");
    exchange.extensions.insert(change);
    exchange
}

fn said(status: Option<u16>) -> Exchange {
    let mut exchange = exchange(Request::new(()), Door::Native);
    let status = status.map(|status| StatusCode::from_u16(status).unwrap());
    exchange.outcome.store_status = status;
    exchange.outcome.status = Some(status.unwrap_or(StatusCode::BAD_GATEWAY));
    exchange
}

#[tokio::test]
async fn only_a_definite_refusal_drops_nothing() {
    for (status, keeps) in [
        (Some(200), false),
        (Some(204), false),
        (Some(307), false),
        (Some(404), true),
        (Some(409), true),
        (Some(408), false),
        (Some(503), false),
        (None, false),
    ] {
        let house = House::new();
        let kept = house.keeps(&writing(status), false).await;
        assert_eq!(kept, keeps, "{status:?}");
    }
}

#[tokio::test]
async fn what_may_come_later_is_not_kept_for_a_while() {
    for (status, again) in [(200, true), (503, false)] {
        let house = House::new();
        house.keeps(&writing(Some(status)), false).await;
        let question = question(house.identity());
        house.kit.ask(question.clone(), "").await;
        let kept = house.kit.cache.kept(question).await.is_some();
        assert_eq!(kept, again, "{status}");
    }
}

#[tokio::test]
async fn a_client_that_left_before_the_answer_has_changed_something_all_the_same() {
    let house = House::new();
    let mut gone = writing(None);
    gone.outcome.status = None;
    // Nobody waited, so nothing was settled.
    let question = || question(house.identity());
    house.kit.ask(question(), "").await;
    house.settle.observe(&gone, None);
    assert!(house.kit.cache.kept(question()).await.is_none());
}

#[tokio::test]
async fn each_piece_of_an_early_answer_may_be_the_one_that_counts() {
    let house = House::new();
    let mut copying = said(Some(200));
    let change = Change::default().properties(&home(), "b");
    copying.extensions.insert(change.answering_early());
    house.keeps(&copying, false).await;
    house.kit.clock.advance(15);
    let question = || question(house.identity());
    house.kit.ask(question(), "").await;
    assert!(house.kit.cache.kept(question()).await.is_some());
    house.settle.body(&copying, &Bytes::from_static(b" "));
    assert!(house.kit.cache.kept(question()).await.is_none());
}

#[tokio::test]
async fn whom_the_store_refuses_has_nothing() {
    for status in [401, 403] {
        let house = House::new();
        let mut refused = said(Some(status));
        assert!(house.keeps(&refused, true).await, "nobody in particular");
        refused.principal = Some(principal());
        assert!(!house.keeps(&refused, true).await);
        refused.route.door = Door::Management(Service::Mapi);
        assert!(!house.keeps(&refused, true).await, "at the other door");
    }
}

#[tokio::test]
async fn a_read_settles_nothing() {
    let house = House::new();
    for status in [200, 404, 503] {
        let read = said(Some(status));
        assert!(!house.settle.wants_settling(&read));
        assert!(house.keeps(&read, true).await);
    }
}
