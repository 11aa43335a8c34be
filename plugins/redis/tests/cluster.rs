//! A cluster: commands over many slots, and a node that goes away.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod common;

use std::time::{Duration, Instant};

use common::LONG;
use portico_redis::testkit::{Cluster, PATIENCE};
use portico_redis::{Batch, Event, Redis, Script};
use portico_sdk::shared::{RedisPlace, SharedRedis};
use redis::Pipeline;

/// One for each node, in their order.
const KEYS: [&str; 3] = ["{b}", "{c}", "{a}"];

fn redis(urls: &[String], timeout: Duration) -> Redis {
    let nodes = urls.iter().map(|url| url.as_str().into()).collect();
    let place = RedisPlace::Cluster(nodes);
    Redis::new(&SharedRedis {
        place,
        timeout,
        ca_pem: None,
    })
    .unwrap()
}

#[tokio::test]
async fn a_batch_reaches_every_slot() {
    let cluster = Cluster::start();
    let redis = redis(&cluster.urls()[..1], LONG);
    let add = Script::new("return redis.call('INCRBY', KEYS[1], ARGV[1])");
    let mut batch = Batch::new();
    for number in 0..100 {
        batch.script(&add, format!("n{number}"), number);
    }
    for key in KEYS {
        batch
            .set(key, key.as_bytes(), Duration::from_mins(1))
            .get(key);
    }
    let mut answers = redis.send(batch).await;
    for number in 0..100 {
        assert_eq!(answers.take::<i64>(), Ok(number));
    }
    for key in KEYS {
        answers.take::<()>().unwrap();
        assert_eq!(answers.take::<String>().as_deref(), Ok(key), "in its order");
    }
    for (node, key) in cluster.nodes.iter().zip(KEYS) {
        assert_eq!(node.says(&["get", key]).trim(), key, "where it belongs");
    }
}

#[tokio::test]
async fn a_pipeline_may_cross_slots() {
    let cluster = Cluster::start();
    let redis = redis(&cluster.urls(), LONG);
    let mut commands = Pipeline::new();
    for key in KEYS {
        commands.hset(key, "field", key).ignore();
        commands.expire(key, 60).ignore().hget(key, "field");
    }
    let found: (String, String, String) = redis.run(&commands).await.unwrap();
    assert_eq!([found.0, found.1, found.2], KEYS);
    let mut whole = Pipeline::new();
    whole.atomic().hget(KEYS[0], "field").ttl(KEYS[0]);
    let (field, ends): (String, i64) = redis.run(&whole).await.unwrap();
    assert_eq!(field, KEYS[0]);
    assert!((1..=60).contains(&ends), "{ends}");
}

/// The answers of one key for each node.
async fn from_all(redis: &Redis) -> [bool; 3] {
    let mut batch = Batch::new();
    for key in KEYS {
        batch.get(key);
    }
    let mut answers = redis.send(batch).await;
    KEYS.map(|_| answers.take::<Option<String>>().is_ok())
}

async fn until_all(redis: &Redis, wanted: [bool; 3]) {
    let end = Instant::now() + PATIENCE;
    while from_all(redis).await != wanted {
        assert!(Instant::now() < end, "in vain: {wanted:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn the_slots_of_other_nodes_outlive_a_node() {
    let mut cluster = Cluster::start();
    let redis = redis(&cluster.urls(), Duration::from_millis(500));
    until_all(&redis, [true; 3]).await;
    cluster.nodes[0].kill();
    until_all(&redis, [false, true, true]).await;
    cluster.nodes[0].restart();
    until_all(&redis, [true; 3]).await;
}

#[tokio::test]
async fn a_cluster_that_was_gone_is_found_again() {
    let mut cluster = Cluster::start();
    let redis = redis(&cluster.urls(), Duration::from_millis(500));
    until_all(&redis, [true; 3]).await;
    for node in &mut cluster.nodes {
        node.kill();
    }
    let begin = Instant::now();
    assert_eq!(from_all(&redis).await, [false; 3]);
    assert!(
        begin.elapsed() < Duration::from_secs(2),
        "{:?}",
        begin.elapsed()
    );
    for node in &mut cluster.nodes {
        node.restart();
    }
    until_all(&redis, [true; 3]).await;
}

#[tokio::test]
async fn messages_cross_the_cluster() {
    let cluster = Cluster::start();
    let urls = cluster.urls();
    let mut heard = redis(&urls[2..], LONG).subscribe("news");
    assert_eq!(heard.next().await, Event::Connected);
    let teller = redis(&urls[..1], LONG);
    for words in ["one", "two", "three"] {
        teller.publish("news", words.as_bytes()).await.unwrap();
        assert_eq!(heard.next().await, Event::Message(words.into()));
    }
}
