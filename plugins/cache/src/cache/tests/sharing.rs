//! What one was told is given to others where the operator says so, and only to those whom the store
//! lets in.

use http::HeaderMap;
use portico_sdk::cache::{mapi_question, query_question};
use portico_sdk::settings::Duration;

use super::*;
use crate::sharing::SharedRoute;

const SHARED: &str = "/mapi/tenants/research/namespaces";
const OWN: &str = "/mapi/tenants/research/userAccounts";

pub(super) fn routes(json: &str) -> Vec<SharedRoute> {
    serde_json::from_str(json).unwrap()
}

pub(super) fn settings() -> Settings {
    Settings {
        shared_read: routes(r#"[{"operation": "mapi", "path": "/mapi/tenants/*/namespaces"}]"#),
        ..Settings::default()
    }
}

fn at(authority: &str, path: &str, who: u8) -> Question {
    let headers = HeaderMap::new();
    let question = mapi_question(
        path.as_bytes(),
        None,
        &headers,
        authority,
        None,
        somebody(who),
    );
    question.unwrap()
}

pub(super) fn shared(who: u8) -> Question {
    at("research.hcp:9090", SHARED, who)
}

pub(super) fn own(who: u8) -> Question {
    at("research.hcp:9090", OWN, who)
}

fn refused() -> Response<Body> {
    response(403, &[], "no")
}

#[tokio::test]
async fn nothing_is_shared_unless_the_operator_says_so() {
    let kit = Kit::new();
    kit.ask(own(2), "").await;
    kit.ask(shared(1), "one").await;
    assert_eq!(kit.ask(shared(2), "two").await.body, "two");
    let kit = Kit::with(settings());
    for who in [1, 2] {
        kit.ask(own(who), "").await;
    }
    kit.ask(own(1), "one").await;
    assert_eq!(kit.ask(own(2), "two").await.body, "", "another route");
}

#[tokio::test]
async fn whom_the_store_has_let_in_is_given_what_another_was_told() {
    let kit = Kit::with(settings());
    kit.ask(own(2), "").await;
    assert_eq!(
        kit.ask(shared(1), "one").await.says,
        "portico; fwd=miss; stored"
    );
    let second = kit.ask(shared(2), "two").await;
    assert_eq!((second.body.as_str(), second.origin), ("one", Origin::Kept));
    assert_eq!(second.says, "portico; hit; ttl=300");
    // Who is new asks the store, and the others are given that.
    let third = kit.ask(shared(3), "three").await;
    assert_eq!(
        (third.body.as_str(), third.origin),
        ("three", Origin::Store)
    );
    assert_eq!(third.says, "portico; fwd=miss; stored");
    for who in [1, 2, 3] {
        assert_eq!(kit.ask(shared(who), "new").await.body, "three");
    }
    assert!(kit.cache.kept(shared(2)).await.is_some());
    assert!(kit.cache.kept(shared(4)).await.is_none());
}

#[tokio::test]
async fn a_stranger_is_given_nothing_and_takes_nothing_from_the_others() {
    let kit = Kit::with(settings());
    kit.ask(shared(1), "one").await;
    for _ in 0..2 {
        let stranger = kit.ask_for(shared(2), Ok(refused())).await;
        assert_eq!((stranger.status, stranger.origin), (403, Origin::Store));
    }
    assert_eq!(kit.ask(shared(1), "new").await.body, "one");
}

#[tokio::test]
async fn the_first_refusal_ends_it_for_the_one_who_is_refused() {
    let kit = Kit::with(settings());
    for who in [1, 2] {
        kit.ask(shared(who), "old").await;
    }
    kit.ask_for(by(2, mapi()), Ok(refused())).await;
    assert!(kit.cache.kept(shared(2)).await.is_none());
    // What the store takes from one it may have taken from all: they are asked for again.
    assert_eq!(kit.ask(shared(1), "new").await.body, "new");
    let refused = kit.ask_for(shared(2), Ok(refused())).await;
    assert_eq!(refused.status, 403);
    assert_eq!(kit.ask(shared(1), "newer").await.body, "new");
}

#[tokio::test]
async fn writes_drop_what_is_shared_for_all() {
    let kit = Kit::with(settings());
    for who in [1, 2] {
        kit.ask(shared(who), "old").await;
    }
    kit.change(Change::default().mapi(&home())).await;
    assert_eq!(kit.ask(shared(2), "new").await.body, "new");
    assert_eq!(kit.ask(shared(1), "newer").await.body, "new");
}

#[tokio::test]
async fn an_answer_of_the_store_counts_for_a_while_and_hits_do_not_prolong_it() {
    let settings = Settings {
        shared_read_trust: Duration::from_secs(60),
        ..settings()
    };
    let kit = Kit::with(settings);
    kit.ask(shared(1), "one").await;
    kit.ask(own(2), "").await;
    kit.clock.advance(59);
    assert_eq!(kit.ask(shared(2), "two").await.body, "one");
    kit.clock.advance(1);
    assert_eq!(kit.ask(shared(2), "two").await.body, "two");
}

#[tokio::test]
async fn a_good_answer_elsewhere_says_nothing() {
    let kit = Kit::with(settings());
    kit.ask(shared(1), "one").await;
    let headers = HeaderMap::new();
    let tenant = "research".parse().ok();
    let authority = "research.hcp:9090";
    let query = query_question(b"{}", &headers, authority, tenant.as_ref(), somebody(2));
    for elsewhere in [
        by(2, head_object()),
        at("admin.hcp:9090", OWN, 2),
        at(authority, "/mapi/tenants/archive/userAccounts", 2),
        query,
    ] {
        kit.ask(elsewhere, "").await;
        assert!(kit.cache.kept(shared(2)).await.is_none());
    }
    // Nor is it shared between hosts.
    kit.ask(at("admin.hcp:9090", SHARED, 1), "of the system")
        .await;
    assert_eq!(kit.ask(shared(1), "").await.body, "one");
}

#[tokio::test]
async fn who_waits_for_another_is_not_refused_with_that_one() {
    let kit = Kit::with(settings());
    for who in [1, 2] {
        kit.ask(own(who), "").await;
    }
    let (first, asked, refuse) = reader(&kit, shared(1));
    asked.await.unwrap();
    let (second, asked_too, give) = reader(&kit, shared(2));
    tokio::task::yield_now().await;
    refuse.send(Ok(refused())).unwrap();
    assert_eq!(told(first.await.unwrap().unwrap()).await.status, 403);
    asked_too.await.unwrap();
    give.send(Ok(response(200, &[], "two"))).unwrap();
    let second = told(second.await.unwrap().unwrap()).await;
    assert_eq!(
        (second.body.as_str(), second.origin),
        ("two", Origin::Store)
    );
}

#[tokio::test]
async fn a_store_that_fails_opens_nothing_to_the_refused() {
    let settings = Settings {
        stale_if_error: Duration::from_secs(1000),
        ..settings()
    };
    let kit = Kit::with(settings);
    kit.ask(shared(1), "one").await;
    kit.ask(own(2), "").await;
    kit.clock.advance(299);
    kit.ask(own(2), "").await;
    let broken = || response(503, &[], "down");
    kit.clock.advance(2);
    for who in [2, 3] {
        kit.ask_for(own(who), Ok(refused())).await;
        assert_eq!(kit.ask_for(shared(who), Ok(broken())).await.status, 503);
    }
}
