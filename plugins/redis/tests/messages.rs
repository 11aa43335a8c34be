//! Messages, and what is told when some may be missing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod common;

use std::time::Duration;

use common::{LONG, redis};
use portico_redis::testkit::Server;
use portico_redis::{Event, Subscription};
use tokio::time::timeout;

async fn next(heard: &mut Subscription) -> Event {
    timeout(LONG, heard.next()).await.expect("an event")
}

#[tokio::test]
async fn messages_arrive_in_their_order() {
    let server = Server::start();
    let redis = redis(&server, LONG);
    redis.publish("news", b"for nobody").await.unwrap();
    let mut heard = redis.subscribe("news");
    assert_eq!(next(&mut heard).await, Event::Connected);
    redis.publish("other", b"elsewhere").await.unwrap();
    for words in ["one", "two", ""] {
        redis.publish("news", words.as_bytes()).await.unwrap();
    }
    for words in ["one", "two", ""] {
        assert_eq!(next(&mut heard).await, Event::Message(words.into()));
    }
}

#[tokio::test]
async fn a_restart_is_told() {
    let mut server = Server::start();
    let redis = redis(&server, Duration::from_secs(2));
    let mut heard = redis.subscribe("news");
    assert_eq!(next(&mut heard).await, Event::Connected);
    server.kill();
    assert_eq!(next(&mut heard).await, Event::Lost);
    server.restart();
    assert_eq!(next(&mut heard).await, Event::Connected);
    common::works_again(&redis).await;
    redis.publish("news", b"again").await.unwrap();
    assert_eq!(next(&mut heard).await, Event::Message("again".into()));
}

#[tokio::test]
async fn a_server_that_is_silent_is_given_up() {
    let server = Server::start();
    let mut heard = redis(&server, LONG).subscribe("news");
    assert_eq!(next(&mut heard).await, Event::Connected);
    server.pause();
    assert_eq!(next(&mut heard).await, Event::Lost);
    server.resume();
    assert_eq!(next(&mut heard).await, Event::Connected);
}

#[tokio::test]
async fn who_does_not_keep_up_is_told() {
    let server = Server::start();
    let redis = redis(&server, LONG);
    let mut heard = redis.subscribe("news");
    assert_eq!(next(&mut heard).await, Event::Connected);
    for _ in 0..30 {
        let mut batch = portico_redis::Batch::new();
        for _ in 0..100 {
            batch.publish("news", b"words");
        }
        redis.send(batch).await;
    }
    let mut messages = 0;
    while next(&mut heard).await != Event::Lost {
        messages += 1;
        assert!(messages < 3000, "all of them were kept");
    }
    assert_eq!(next(&mut heard).await, Event::Connected);
}

#[tokio::test]
async fn a_subscription_ends_with_its_handle() {
    let server = Server::start();
    let mut heard = redis(&server, LONG).subscribe("news");
    assert_eq!(next(&mut heard).await, Event::Connected);
    let listeners = || server.says(&["pubsub", "numsub", "news"]);
    assert!(listeners().ends_with("1\n"), "{}", listeners());
    drop(heard);
    timeout(LONG, async {
        while !listeners().ends_with("0\n") {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
}
