//! Answers that are shared, at two replicas.

use super::super::sharing::{own, settings, shared as question};
use super::*;
use crate::settings::Coherence;

fn bounded() -> Settings {
    Settings {
        coherence: Coherence::Bounded,
        ..settings()
    }
}

/// Asks for the shared thing as somebody, and tells who was told what is given.
async fn told_to(kit: &Kit, who: u8, words: &'static str) -> String {
    kit.ask(question(who), words).await.body
}

#[tokio::test(flavor = "multi_thread")]
async fn each_replica_gives_what_the_other_has_fetched_to_whom_it_has_let_in() {
    let replicas = Replicas::with(settings, TIMEOUT);
    replicas.other.ask(own(2), "").await;
    assert_eq!(told_to(&replicas.one, 1, "one").await, "one");
    shared(&replicas).await;
    for _ in ["redis", "memory"] {
        assert_eq!(told_to(&replicas.other, 2, "two").await, "one");
    }
    assert_eq!(told_to(&replicas.other, 1, "one again").await, "one again");
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_store_refuses_at_one_is_a_stranger_at_the_other() {
    for settings in [settings, bounded] {
        let replicas = Replicas::with(settings, TIMEOUT);
        for (who, words) in [(2, "two"), (1, "one")] {
            told_to(&replicas.other, who, words).await;
        }
        until("others share", async || {
            told_to(&replicas.other, 2, "new").await == "one"
        })
        .await;
        let refused = || response(403, &[], "no");
        replicas.one.ask_for(by(2, mapi()), Ok(refused())).await;
        until("the other has heard of it", async || {
            replicas.other.cache.kept(question(2)).await.is_none()
        })
        .await;
        assert_eq!(told_to(&replicas.other, 1, "new").await, "one");
        // Refused where it was let in before: then all is asked for again.
        let again = replicas.other.ask_for(question(2), Ok(refused()));
        assert_eq!(again.await.status, 403);
        assert_eq!(told_to(&replicas.other, 1, "new").await, "new");
    }
}
