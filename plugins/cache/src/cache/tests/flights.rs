//! One fetch for many, and never one from before a change.

use portico_sdk::Reason;

use super::*;

/// Lets every task go as far as it can.
async fn settle() {
    for _ in 0..16 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn one_fetch_serves_everyone_who_asks_the_same_meanwhile() {
    let kit = Kit::new();
    let (first, asked, give) = reader(&kit, mapi());
    asked.await.unwrap();
    let (second, never, _keep) = reader(&kit, mapi());
    settle().await;
    give.send(Ok(response(200, &[], "one"))).unwrap();
    let first = told(first.await.unwrap().unwrap()).await;
    let second = told(second.await.unwrap().unwrap()).await;
    assert_eq!((first.body.as_str(), first.origin), ("one", Origin::Store));
    assert_eq!(second.body, "one");
    assert_eq!(second.origin, Origin::Shared);
    assert_eq!(second.says, "portico; fwd=uri-miss; collapsed");
    assert!(never.await.is_err(), "the store was asked once");
    assert_eq!(kit.cache.0.flights.count(), 0);
}

#[tokio::test]
async fn who_asks_after_a_change_waits_for_no_fetch_from_before_it() {
    let kit = Kit::new();
    let (first, asked, give) = reader(&kit, mapi());
    asked.await.unwrap();
    kit.change(Change::default().mapi(&home())).await;
    let (second, asked, give_second) = reader(&kit, mapi());
    asked.await.unwrap();
    give_second.send(Ok(response(200, &[], "new"))).unwrap();
    assert_eq!(told(second.await.unwrap().unwrap()).await.body, "new");
    give.send(Ok(response(200, &[], "old"))).unwrap();
    assert_eq!(told(first.await.unwrap().unwrap()).await.body, "old");
    let third = kit.ask(mapi(), "newer").await;
    assert_ne!(third.body, "old", "what was fetched before is not kept");
}

#[tokio::test]
async fn a_reader_that_leaves_cancels_nothing() {
    let kit = Kit::new();
    let (first, asked, give) = reader(&kit, mapi());
    asked.await.unwrap();
    let (second, _, _keep) = reader(&kit, mapi());
    settle().await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    give.send(Ok(response(200, &[], "one"))).unwrap();
    assert_eq!(told(second.await.unwrap().unwrap()).await.body, "one");
    assert_eq!(kit.ask(mapi(), "two").await.body, "one");
}

#[tokio::test]
async fn an_error_is_everyones() {
    let kit = Kit::new();
    let (first, asked, give) = reader(&kit, mapi());
    asked.await.unwrap();
    let (second, _, _keep) = reader(&kit, mapi());
    settle().await;
    let error = Error::with_message(Reason::StoreBusy, "words").because("10.0.0.1");
    give.send(Err(error)).unwrap();
    for reader in [first, second] {
        let error = reader.await.unwrap().unwrap_err();
        assert_eq!(error.reason(), Reason::StoreBusy);
        assert_eq!(error.message(), "words");
        assert!(portico_sdk::error::chain(&error).ends_with("10.0.0.1"));
    }
    assert_eq!(kit.ask(mapi(), "again").await.body, "again");
}

#[tokio::test]
async fn what_only_one_can_have_the_others_fetch_for_themselves() {
    let kit = Kit::new();
    let (first, asked, give) = reader(&kit, mapi());
    asked.await.unwrap();
    let (second, asked, give_second) = reader(&kit, mapi());
    settle().await;
    let cookie = response(200, &[("set-cookie", "a=1")], "one");
    give.send(Ok(cookie)).unwrap();
    assert_eq!(told(first.await.unwrap().unwrap()).await.body, "one");
    asked.await.unwrap();
    give_second.send(Ok(response(200, &[], "two"))).unwrap();
    assert_eq!(told(second.await.unwrap().unwrap()).await.body, "two");
}

#[tokio::test]
async fn who_wants_a_fresh_answer_joins_nobody() {
    let kit = Kit::new();
    let (first, asked, give) = reader(&kit, mapi());
    asked.await.unwrap();
    let fresh = Question {
        demand: Demand::Fresh,
        ..mapi()
    };
    kit.clock.advance(1);
    assert_eq!(kit.ask(fresh, "fresh").await.body, "fresh");
    give.send(Ok(response(200, &[], "slow"))).unwrap();
    assert_eq!(told(first.await.unwrap().unwrap()).await.body, "slow");
    let kept = kit.ask(mapi(), "new").await.body;
    assert_eq!(kept, "fresh", "what was asked for later stays");
}

#[tokio::test]
async fn others_and_other_questions_are_fetched_at_the_same_time() {
    let kit = Kit::new();
    let (_, asked, _give) = reader(&kit, by(1, mapi()));
    asked.await.unwrap();
    let (_, asked, _give_second) = reader(&kit, by(2, mapi()));
    asked.await.unwrap();
    let (_, asked, _give_third) = reader(&kit, by(1, listing()));
    asked.await.unwrap();
    assert_eq!(kit.cache.0.flights.count(), 3);
}
