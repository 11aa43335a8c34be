//! Redis away, slow, full, or full of garbage.

use super::*;

/// As in life, and short enough to be seen.
const SHORT: Duration = Duration::from_millis(50);

/// Asks until what is fetched is kept again; nothing old may be told meanwhile.
async fn until_kept(kit: &Kit, question: impl Fn() -> Question, old: &str) {
    until("it heals by itself", async || {
        let told = kit.ask(question(), "new").await;
        assert_ne!(told.body, old);
        told.origin == Origin::Kept
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_nothing_is_given_and_nobody_waits() {
    let mut replicas = Replicas::new();
    replicas.one.ask(mapi(), "old").await;
    replicas.redis.kill();
    let begin = Instant::now();
    for _ in 0..100 {
        let told = replicas.one.ask(mapi(), "new").await;
        assert_eq!(
            (told.body.as_str(), told.says.as_str()),
            ("new", "portico; fwd=bypass")
        );
    }
    assert!(begin.elapsed() < TIMEOUT, "{:?}", begin.elapsed());
    replicas.redis.restart();
    until_kept(&replicas.one, mapi, "old").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_redis_missed_is_told_before_anything_is_given() {
    let replicas = Replicas::with(Settings::default, SHORT);
    replicas.one.ask(mapi(), "old").await;
    until("both keep it", async || {
        replicas.other.ask(mapi(), "old").await.origin == Origin::Kept
    })
    .await;
    replicas.redis.pause();
    replicas.one.change(Change::default().mapi(&home())).await;
    assert_eq!(replicas.one.cache.far().unwrap().debts.count(), 1);
    let begin = Instant::now();
    let told = replicas.one.ask(mapi(), "new").await;
    assert_eq!(
        (told.body.as_str(), told.says.as_str()),
        ("new", "portico; fwd=bypass")
    );
    assert!(begin.elapsed() < TIMEOUT, "{:?}", begin.elapsed());
    replicas.redis.resume();
    until_kept(&replicas.one, mapi, "old").await;
    assert_eq!(replicas.one.cache.far().unwrap().debts.count(), 0);
    until_kept(&replicas.other, mapi, "old").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_waits_for_is_told_all_the_same() {
    let replicas = Replicas::new();
    replicas.one.ask(mapi(), "old").await;
    replicas.other.ask(mapi(), "old").await;
    let change = Change::default().mapi(&home());
    replicas.one.cache.invalidate_soon(change);
    assert_eq!(replicas.one.ask(mapi(), "new").await.body, "new");
    until("the other hears of it", async || {
        replicas.other.ask(mapi(), "new").await.body == "new"
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_is_a_miss_and_goes() {
    let replicas = Replicas::new();
    let garbage: [&[&str]; 4] = [
        &["set", "{}", "garbage"],
        &["set", "{}", ""],
        &["lpush", "{}", "garbage"],
        &["hset", "{}", "field", "garbage"],
    ];
    for command in garbage {
        replicas.one.ask(mapi(), "old").await;
        shared(&replicas).await;
        for name in replicas.redis.says(&["keys", "*"]).lines() {
            replicas.make(&["del", name]);
            let command: Vec<_> = command
                .iter()
                .map(|word| word.replace("{}", name))
                .collect();
            let command: Vec<_> = command.iter().map(String::as_str).collect();
            replicas.make(&command);
        }
        for kit in [&replicas.one, &replicas.other] {
            until_kept(kit, mapi, "old").await;
        }
        replicas.make(&["flushall"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_redis_still_forgets() {
    let replicas = Replicas::new();
    replicas.one.ask(mapi(), "old").await;
    replicas.other.ask(mapi(), "old").await;
    replicas.make(&["config", "set", "maxmemory", "1"]);
    replicas.one.change(Change::default().mapi(&home())).await;
    for kit in [&replicas.other, &replicas.one] {
        assert_eq!(kit.ask(mapi(), "new").await.body, "new");
    }
    replicas.make(&["config", "set", "maxmemory", "0"]);
    until_kept(&replicas.other, mapi, "old").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_was_emptied_brings_nothing_back() {
    let replicas = Replicas::new();
    replicas.one.ask(mapi(), "old").await;
    replicas.make(&["flushall"]);
    replicas.other.change(Change::default().mapi(&home())).await;
    assert_eq!(replicas.one.ask(mapi(), "new").await.body, "new");
    replicas.make(&["flushall"]);
    assert_eq!(replicas.one.ask(mapi(), "newer").await.body, "newer");
}
