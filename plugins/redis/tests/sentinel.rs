//! A master that sentinels watch: its successor is found.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod common;

use std::time::Duration;

use common::works_again;
use portico_redis::testkit::{MASTER, Watched, free_port, until};
use portico_redis::{Event, Redis, Subscription};
use portico_sdk::shared::{RedisPlace, Sentinels, SharedRedis};

const PASSWORD: &str = "hush-hush";

fn redis(watched: &Watched) -> Redis {
    let gone = format!("redis://127.0.0.1:{}", free_port());
    let sentinels = Sentinels {
        nodes: [gone, watched.sentinel.url()].map(Into::into).to_vec(),
        master: MASTER.to_owned(),
        user: String::new(),
        password: PASSWORD.into(),
        database: 3,
        tls: false,
    };
    let place = RedisPlace::Sentinel(sentinels);
    let timeout = Duration::from_millis(500);
    Redis::new(&SharedRedis {
        place,
        timeout,
        ca_pem: None,
    })
    .unwrap()
}

/// Events up to the next connection.
async fn reconnected(heard: &mut Subscription) {
    assert_eq!(heard.next().await, Event::Lost);
    assert_eq!(heard.next().await, Event::Connected);
}

#[tokio::test]
async fn the_successor_of_a_killed_master_is_found() {
    let mut watched = Watched::start(PASSWORD);
    let redis = redis(&watched);
    let mut heard = redis.subscribe("news");
    works_again(&redis).await;
    assert_eq!(heard.next().await, Event::Connected);
    watched.master.kill();
    works_again(&redis).await;
    assert_eq!(watched.port_of_master(), watched.replica.port());
    reconnected(&mut heard).await;
    redis.publish("news", b"after").await.unwrap();
    assert_eq!(heard.next().await, Event::Message("after".into()));
}

#[tokio::test]
async fn the_successor_of_a_paused_master_is_found() {
    let watched = Watched::start(PASSWORD);
    let redis = redis(&watched);
    works_again(&redis).await;
    watched.master.pause();
    works_again(&redis).await;
    assert_eq!(watched.port_of_master(), watched.replica.port());
}

#[tokio::test]
async fn a_master_that_became_a_replica_is_left() {
    let watched = Watched::start(PASSWORD);
    let redis = redis(&watched);
    works_again(&redis).await;
    let _ = watched.sentinel.says(&["sentinel", "failover", MASTER]);
    until("the replica is master", || {
        watched.port_of_master() == watched.replica.port()
    });
    works_again(&redis).await;
}
