//! Changes that are told, rather than asked for each time.

use crate::settings::Coherence;

use super::*;

fn told_of_changes() -> Settings {
    Settings {
        coherence: Coherence::Bounded,
        ..Settings::default()
    }
}

/// Replicas that listen.
async fn listening() -> Replicas {
    let replicas = Replicas::with(told_of_changes, TIMEOUT);
    for kit in [&replicas.one, &replicas.other] {
        // Whoever asks first makes it listen.
        kit.ask(listing(), "").await;
        until("it listens", async || hears(kit)).await;
    }
    replicas
}

fn hears(kit: &Kit) -> bool {
    kit.cache.far().unwrap().ear.as_ref().unwrap().hears()
}

/// How often Redis was asked for generations.
fn asked(replicas: &Replicas) -> String {
    let said = replicas.redis.says(&["info", "commandstats"]);
    let line = said.lines().find(|line| line.starts_with("cmdstat_mget:"));
    let calls = line.and_then(|line| line.split(',').next());
    calls.unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_is_not_asked_for_what_is_in_memory() {
    let replicas = listening().await;
    replicas.one.ask(mapi(), "old").await;
    let before = asked(&replicas);
    for _ in 0..10 {
        let told = replicas.one.ask(mapi(), "new").await;
        assert_eq!((told.body.as_str(), told.origin), ("old", Origin::Kept));
    }
    assert_eq!(asked(&replicas), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_hears_of_a_change_and_the_own_process_knows_it_at_once() {
    let replicas = listening().await;
    for _ in 0..20 {
        replicas.other.ask(mapi(), "old").await;
        replicas.one.ask(mapi(), "old").await;
        replicas.one.change(Change::default().mapi(&home())).await;
        assert_eq!(replicas.one.ask(mapi(), "new").await.body, "new");
        until("the other hears of it", async || {
            replicas.other.ask(mapi(), "new").await.body == "new"
        })
        .await;
        replicas.one.change(Change::default().mapi(&home())).await;
        until("and of this one", async || {
            replicas.other.ask(mapi(), "old").await.body == "old"
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_hear_asks_again() {
    let mut replicas = listening().await;
    replicas.one.ask(mapi(), "old").await;
    replicas.redis.kill();
    until("it is noticed", async || !hears(&replicas.one)).await;
    assert_eq!(replicas.one.ask(mapi(), "new").await.body, "new");
    replicas.redis.restart();
    until("it listens again", async || hears(&replicas.one)).await;
    until("it heals by itself", async || {
        let told = replicas.one.ask(mapi(), "new").await;
        assert_eq!(told.body, "new");
        told.origin == Origin::Kept
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_somebody_else_make_everything_old() {
    let replicas = listening().await;
    replicas.one.ask(mapi(), "old").await;
    let before = asked(&replicas);
    replicas.make(&["publish", "hcp:changes", "garbage"]);
    until("Redis is asked again", async || {
        assert_eq!(replicas.one.ask(mapi(), "new").await.body, "old");
        asked(&replicas) != before
    })
    .await;
}
