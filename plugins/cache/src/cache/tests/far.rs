//! Two replicas that share a real Redis.

mod bounded;
mod cluster;
mod sharing;
mod troubles;

use std::time::{Duration, Instant};

use portico_redis::testkit::{PATIENCE, Server};
use portico_sdk::shared::SharedRedis;

use super::*;

/// Redis gets longer than in life: on a busy machine it is no trouble to be slow.
const TIMEOUT: Duration = Duration::from_secs(2);

struct Replicas {
    redis: Server,
    one: Kit,
    other: Kit,
}

impl Replicas {
    fn new() -> Self {
        Self::with(Settings::default, TIMEOUT)
    }

    fn with(settings: impl Fn() -> Settings, timeout: Duration) -> Self {
        let redis = Server::start();
        let [one, other] = pair(&SharedRedis::single(redis.url(), timeout), settings);
        Self { redis, one, other }
    }

    /// Makes Redis do something.
    fn make(&self, command: &[&str]) {
        let _ = self.redis.says(command);
    }
}

/// Two kits of one Redis and one clock.
fn pair(shared: &SharedRedis, settings: impl Fn() -> Settings) -> [Kit; 2] {
    let clock = Arc::new(ManualClock::at(1_000_000));
    [(); 2].map(|()| {
        let redis = Redis::with_timeout(shared, shared.timeout).unwrap();
        Kit::of(settings(), &clock, Some(redis))
    })
}

/// Waits for what will be true in a moment.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < end, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until the answer that a kit has fetched is in Redis too.
async fn shared(replicas: &Replicas) {
    until("the answer is shared", async || {
        let names = replicas.redis.says(&["keys", "*"]);
        names.contains(":v:") && !names.contains(":l:")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_has_fetched_the_other_gives() {
    let replicas = Replicas::new();
    let headers = [("etag", "\"1\"")];
    let first = response(200, &headers, "one");
    replicas.one.ask_for(mapi(), Ok(first)).await;
    shared(&replicas).await;
    for _ in ["redis", "memory"] {
        let found = replicas.other.try_ask(mapi(), Ok(response(200, &[], "no")));
        let found = found.await.unwrap();
        assert_eq!(found.response.headers()["etag"], "\"1\"");
        let told = told(found).await;
        assert_eq!((told.body.as_str(), told.origin), ("one", Origin::Kept));
        assert_eq!(told.says, "portico; hit; ttl=300");
    }
    assert_eq!(replicas.other.ask(by(2, mapi()), "two").await.body, "two");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_through_one_is_seen_by_the_next_read_through_the_other() {
    let replicas = Replicas::new();
    let mut hits = 0;
    for round in 0..100 {
        let words: &'static str = format!("round {round}").leak();
        for kit in [&replicas.one, &replicas.other] {
            assert_eq!(kit.ask(mapi(), words).await.body, words);
            let again = kit.ask(mapi(), "unasked").await;
            assert_eq!(again.body, words);
            hits += usize::from(again.origin == Origin::Kept);
        }
        let changing = [&replicas.one, &replicas.other][round % 2];
        changing.change(Change::default().mapi(&home())).await;
    }
    assert_eq!(hits, 200, "each second read");
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_store_refuses_at_one_has_nothing_at_the_other() {
    let replicas = Replicas::new();
    for number in [1, 2] {
        replicas.other.ask(by(number, head_object()), "").await;
    }
    let refused = response(403, &[], "no");
    replicas.one.ask_for(by(1, mapi()), Ok(refused)).await;
    let mut origins = Vec::new();
    for number in [1, 2] {
        let told = replicas.other.ask(by(number, head_object()), "").await;
        origins.push(told.origin);
    }
    assert_eq!(origins, [Origin::Store, Origin::Kept]);
}

#[tokio::test(flavor = "multi_thread")]
async fn listings_that_lag_behind_are_kept_by_nobody() {
    let replicas = Replicas::new();
    replicas.other.ask(listing(), "with the cat").await;
    let deleted = Change::default().listing(&home(), "photos").lagging();
    replicas.one.change(deleted).await;
    assert_eq!(replicas.other.ask(listing(), "still").await.body, "still");
    replicas.one.clock.advance(14);
    // A later change does not end the quiet of an earlier one.
    let written = Change::default().listing(&home(), "photos");
    replicas.one.change(written).await;
    assert_eq!(replicas.other.ask(listing(), "again").await.body, "again");
    assert_eq!(replicas.other.ask(listing(), "gone").await.body, "gone");
    replicas.one.clock.advance(1);
    assert_eq!(replicas.other.ask(listing(), "kept").await.body, "kept");
    assert_eq!(replicas.other.ask(listing(), "new").await.body, "kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_replica_fetches_for_all() {
    let replicas = Replicas::new();
    let (first, asked, give) = reader(&replicas.one, mapi());
    asked.await.unwrap();
    let (second, never, _keep) = reader(&replicas.other, mapi());
    until("somebody waits", async || {
        // Two generations, the lease of the first, and what the second asks for.
        let said = replicas.redis.says(&["info", "commandstats"]);
        said.contains("cmdstat_set:calls=4")
    })
    .await;
    give.send(Ok(response(200, &[], "one"))).unwrap();
    assert_eq!(
        told(first.await.unwrap().unwrap()).await.origin,
        Origin::Store
    );
    let second = told(second.await.unwrap().unwrap()).await;
    assert_eq!(
        (second.body.as_str(), second.origin),
        ("one", Origin::Shared)
    );
    assert_eq!(second.says, "portico; fwd=uri-miss; collapsed");
    assert!(never.await.is_err(), "the store was asked once");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_values_tell_nothing_and_cannot_be_moved() {
    let replicas = Replicas::new();
    replicas.one.ask(by(1, mapi()), "one").await;
    shared(&replicas).await;
    let names = replicas.redis.says(&["keys", "*"]);
    assert!(!names.contains("research"), "{names}");
    let kept = |names: &str| {
        names
            .lines()
            .find(|name| name.contains(":v:"))
            .unwrap()
            .to_owned()
    };
    let first = kept(&names);
    replicas.make(&["rename", &first, "elsewhere"]);
    replicas.one.ask(by(2, mapi()), "two").await;
    shared(&replicas).await;
    let second = kept(&replicas.redis.says(&["keys", "*"]));
    replicas.make(&["copy", "elsewhere", &second, "replace"]);
    assert_eq!(replicas.other.ask(by(2, mapi()), "new").await.body, "new");
    let lives: i64 = replicas
        .redis
        .says(&["pttl", &second])
        .trim()
        .parse()
        .unwrap();
    assert!((1..=300_000).contains(&lives), "{lives}");
}
