//! Redis over TLS: whom it has to be, and who is trusted to say so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod common;

use common::{LONG, ping};
use portico_redis::testkit::{Cluster, MASTER, Sealed};
use portico_redis::{Redis, Unavailable};
use portico_sdk::shared::{RedisPlace, Sentinels, SharedRedis};

/// A Redis at a URL that trusts the authority of another, or the system's.
fn redis(place: RedisPlace, trusted: Option<&Sealed>) -> Redis {
    // Whichever test comes first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let ca_pem = trusted.map(|one| std::fs::read(one.authority()).unwrap().into());
    let shared = SharedRedis {
        place,
        timeout: LONG,
        ca_pem,
    };
    Redis::new(&shared).unwrap()
}

fn single(url: &str) -> RedisPlace {
    RedisPlace::Single(url.into())
}

#[tokio::test]
async fn only_who_is_issued_by_the_given_authorities_is_believed() {
    let (one, other) = (Sealed::start(), Sealed::start());
    let place = || single(&one.url());
    assert_eq!(ping(&redis(place(), Some(&one))).await, Ok(()));
    for trusted in [Some(&other), None] {
        let refused = ping(&redis(place(), trusted)).await;
        assert!(
            matches!(refused, Err(Unavailable::Failed(_))),
            "{refused:?}"
        );
    }
    let elsewhere = one.url().replace("127.0.0.1", "localhost");
    let refused = ping(&redis(single(&elsewhere), Some(&one))).await;
    assert!(
        matches!(refused, Err(Unavailable::Failed(_))),
        "another name: {refused:?}"
    );
}

#[tokio::test]
async fn the_master_that_sentinels_name_is_believed_likewise() {
    let (master, other) = (Sealed::start(), Sealed::start());
    let (_sentinel, url) = master.sentinel();
    let place = || {
        RedisPlace::Sentinel(Sentinels {
            nodes: vec![url.as_str().into()],
            master: MASTER.to_owned(),
            user: String::new(),
            password: "".into(),
            database: 0,
            tls: true,
        })
    };
    assert_eq!(ping(&redis(place(), Some(&master))).await, Ok(()));
    for trusted in [Some(&other), None] {
        let refused = ping(&redis(place(), trusted)).await;
        assert!(
            matches!(refused, Err(Unavailable::Failed(_))),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn the_nodes_of_a_cluster_are_believed_likewise() {
    let (one, other) = (Sealed::start(), Sealed::start());
    let cluster = Cluster::sealed(&one);
    let place = |node: usize| RedisPlace::Cluster(vec![cluster.urls()[node].as_str().into()]);
    for node in 0..3 {
        // The key lies with one of the three, of which one alone is named.
        assert_eq!(ping(&redis(place(node), Some(&one))).await, Ok(()));
    }
    let refused = ping(&redis(place(0), Some(&other))).await;
    assert!(
        matches!(refused, Err(Unavailable::Failed(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn messages_come_over_tls_too() {
    let one = Sealed::start();
    let redis = redis(single(&one.url()), Some(&one));
    let mut heard = redis.subscribe("changes");
    assert_eq!(heard.next().await, portico_redis::Event::Connected);
    redis.publish("changes", b"words").await.unwrap();
    assert_eq!(
        heard.next().await,
        portico_redis::Event::Message(b"words".to_vec().into())
    );
}

#[tokio::test]
async fn a_place_without_tls_needs_no_authority() {
    let one = Sealed::start();
    let plain = redis(single(&one.server.url()), Some(&one));
    assert_eq!(ping(&plain).await, Ok(()));
}
