//! Answers that are given beyond their time, where the operator wants it.

use portico_sdk::settings::Duration;
use portico_sdk::{Error, Reason};

use super::*;

fn lenient() -> Kit {
    Kit::with(Settings {
        stale_while_revalidate: Duration::from_secs(10),
        stale_if_error: Duration::from_secs(60),
        ..Settings::default()
    })
}

async fn settle() {
    for _ in 0..16 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_old_answer_is_given_while_a_new_one_is_fetched() {
    let kit = lenient();
    kit.ask(mapi(), "old").await;
    kit.clock.advance(305);
    let late = kit.ask(mapi(), "new").await;
    assert_eq!((late.body.as_str(), late.origin), ("old", Origin::Kept));
    assert_eq!(
        late.says,
        "portico; hit; ttl=-5; detail=stale-while-revalidate"
    );
    assert_eq!(late.age.as_deref(), Some("305"));
    settle().await;
    let next = kit.ask(mapi(), "newer").await;
    assert_eq!((next.body.as_str(), next.origin), ("new", Origin::Kept));
}

#[tokio::test]
async fn an_old_answer_stands_in_for_an_error() {
    let busy = || Err(Error::new(Reason::StoreBusy));
    let kit = lenient();
    kit.ask(mapi(), "old").await;
    kit.clock.advance(320);
    for bad in [busy(), Ok(response(503, &[], "no"))] {
        let told = kit.ask_for(mapi(), bad).await;
        assert_eq!((told.status, told.body.as_str()), (200, "old"));
        assert_eq!(told.says, "portico; fwd=stale; detail=stale-if-error");
    }
    kit.clock.advance(40);
    assert!(kit.try_ask(mapi(), busy()).await.is_err(), "too old");
}

#[tokio::test]
async fn what_a_change_has_made_old_stands_in_for_nothing() {
    let kit = lenient();
    kit.ask(mapi(), "old").await;
    kit.clock.advance(301);
    kit.change(Change::default().mapi(&home())).await;
    let error = Err(Error::new(Reason::StoreBusy));
    assert!(kit.try_ask(mapi(), error).await.is_err());
}

#[tokio::test]
async fn s3_is_never_given_beyond_its_time() {
    let kit = lenient();
    kit.ask(listing(), "old").await;
    kit.clock.advance(121);
    let error = Err(Error::new(Reason::StoreBusy));
    assert!(kit.try_ask(listing(), error).await.is_err());
    assert_eq!(kit.ask(listing(), "new").await.body, "new");
}
