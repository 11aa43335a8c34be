//! What is kept, for how long, and for whom.

use portico_sdk::settings::{Duration, Size};

use super::*;

#[tokio::test]
async fn an_answer_is_given_again_with_its_headers_until_its_time_is_over() {
    let kit = Kit::new();
    let headers = [
        ("etag", "\"1\""),
        ("x-hcp-time", "7"),
        ("connection", "keep-alive, x-hop"),
        ("x-hop", "1"),
    ];
    let first = kit
        .try_ask(mapi(), Ok(response(200, &headers, "old")))
        .await;
    assert_eq!(
        told(first.unwrap()).await.says,
        "portico; fwd=uri-miss; stored"
    );
    kit.clock.advance(299);
    let again = kit.try_ask(mapi(), Ok(response(200, &[], "new"))).await;
    let again = again.unwrap();
    assert_eq!(again.response.headers()["etag"], "\"1\"");
    assert_eq!(again.response.headers()["x-hcp-time"], "7");
    assert_eq!(again.response.headers()["content-length"], "3");
    assert!(!again.response.headers().contains_key("connection"));
    assert!(!again.response.headers().contains_key("x-hop"));
    let again = told(again).await;
    assert_eq!((again.body.as_str(), again.origin), ("old", Origin::Kept));
    assert_eq!(again.says, "portico; hit; ttl=1");
    assert_eq!(again.age.as_deref(), Some("299"));
    kit.clock.advance(1);
    let later = kit.ask(mapi(), "new").await;
    assert_eq!(later.body, "new");
    assert_eq!(later.says, "portico; fwd=stale; stored");
    assert_eq!(later.age, None);
}

#[tokio::test]
async fn each_kind_has_its_own_time_and_none_switches_it_off() {
    let settings = Settings {
        stats_ttl: Duration::from_secs(0),
        s3_list_ttl: Duration::from_secs(5),
        ..Settings::default()
    };
    let kit = Kit::with(settings);
    let statistics = || question("mapi", Shape::Mapi, Lifetime::Statistics);
    assert_eq!(kit.ask(statistics(), "a").await.says, "portico; fwd=bypass");
    assert_eq!(kit.ask(statistics(), "b").await.body, "b");
    kit.ask(listing(), "a").await;
    kit.clock.advance(4);
    assert_eq!(kit.ask(listing(), "b").await.body, "a");
    kit.clock.advance(1);
    assert_eq!(kit.ask(listing(), "b").await.body, "b");
}

#[tokio::test]
async fn nobody_is_given_what_another_was_told() {
    let kit = Kit::new();
    kit.ask(by(1, mapi()), "one").await;
    assert_eq!(kit.ask(by(2, mapi()), "two").await.body, "two");
    assert_eq!(kit.ask(by(1, mapi()), "new").await.body, "one");
    assert_eq!(kit.ask(by(2, mapi()), "new").await.body, "two");
}

#[tokio::test]
async fn clients_may_want_a_fresh_answer_or_one_that_is_not_kept() {
    let kit = Kit::new();
    let with = |demand| Question { demand, ..mapi() };
    kit.ask(with(Demand::Private), "secret").await;
    assert_eq!(kit.ask(mapi(), "a").await.body, "a");
    let private = kit.ask(with(Demand::Private), "b").await;
    assert_eq!(private.says, "portico; fwd=bypass");
    assert_eq!(private.body, "b");
    assert_eq!(kit.ask(mapi(), "c").await.body, "a");
    let fresh = kit.ask(with(Demand::Fresh), "d").await;
    assert_eq!(fresh.says, "portico; fwd=request; stored");
    assert_eq!(fresh.body, "d");
    assert_eq!(kit.ask(mapi(), "e").await.body, "d");
}

#[tokio::test]
async fn only_success_is_kept_and_nothing_personal() {
    let kit = Kit::new();
    for status in [206, 302, 400, 404, 500, 503] {
        let told = kit.ask_for(mapi(), Ok(response(status, &[], "no"))).await;
        assert_eq!(
            (told.status, told.says.as_str()),
            (status, "portico; fwd=uri-miss")
        );
    }
    for personal in [("set-cookie", "hcp-ns-auth=x"), ("vary", "*")] {
        let told = kit
            .ask_for(mapi(), Ok(response(200, &[personal], "yes")))
            .await;
        assert_eq!(told.body, "yes");
    }
    assert_eq!(kit.ask(mapi(), "a").await.body, "a");
}

#[tokio::test]
async fn that_there_is_nothing_is_kept_for_a_head_by_setting() {
    let none = || Ok(response(404, &[], ""));
    let kit = Kit::new();
    kit.ask_for(head_object(), none()).await;
    assert_eq!(kit.ask(head_object(), "").await.status, 200);
    let settings = Settings {
        absent_ttl: Duration::from_secs(3),
        ..Settings::default()
    };
    let kit = Kit::with(settings);
    kit.ask_for(head_object(), none()).await;
    kit.clock.advance(2);
    assert_eq!(kit.ask(head_object(), "").await.status, 404);
    kit.clock.advance(1);
    assert_eq!(kit.ask(head_object(), "").await.status, 200);
    kit.ask_for(listing(), none()).await;
    assert_eq!(kit.ask(listing(), "").await.status, 200, "no HEAD");
}

#[tokio::test]
async fn what_is_too_large_goes_on_whole_and_is_not_kept() {
    let settings = Settings {
        max_entry: Size(4),
        ..Settings::default()
    };
    let kit = Kit::with(settings);
    let stated = [("content-length", "6")];
    for headers in [&stated[..], &[]] {
        let long = kit
            .ask_for(mapi(), Ok(response(200, headers, "longer")))
            .await;
        assert_eq!((long.body.as_str(), long.origin), ("longer", Origin::Store));
        assert_eq!(long.says, "portico; fwd=uri-miss");
    }
    assert_eq!(kit.ask(mapi(), "four").await.body, "four");
    assert_eq!(kit.ask(mapi(), "new").await.body, "four");
}

#[tokio::test]
async fn a_clock_that_is_set_back_keeps_nothing_longer() {
    let kit = Kit::new();
    kit.ask(mapi(), "a").await;
    let entry = kit.cache.memory().get(&mapi().key).unwrap();
    let term = Settings::default().term(Lifetime::Management).unwrap();
    let seen = kit.cache.0.near.read(&mapi(), 0);
    let state = entry.state(&seen, entry.asked - 1, &term);
    assert_eq!(state, crate::entry::State::Changed);
}

#[tokio::test]
async fn what_is_kept_can_be_looked_at_without_asking_the_store() {
    let kit = Kit::new();
    assert!(kit.cache.kept(mapi()).await.is_none());
    kit.ask(mapi(), "a").await;
    let kept = told(kit.cache.kept(mapi()).await.unwrap()).await;
    assert_eq!((kept.body.as_str(), kept.origin), ("a", Origin::Kept));
    let fresh = Question {
        demand: Demand::Fresh,
        ..mapi()
    };
    assert!(kit.cache.kept(fresh).await.is_none());
    kit.clock.advance(300);
    assert!(kit.cache.kept(mapi()).await.is_none());
}
