//! Jobs come in, run, are told of, taken over and ended.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use portico_sdk::Reason;
use secrecy::ExposeSecret as _;
use tokio::time::Instant;

use crate::job::State;
use crate::testing::{Asks, Kit, LEASE, Steps, ended, somebody, start, submit, until};

const ALL: usize = 1000;

#[tokio::test(start_paused = true)]
async fn a_job_runs_to_its_end_and_is_told_to_its_owner_alone() {
    let (kit, steps, ada) = (Kit::new(), Steps::new(), somebody("ada", "secret"));
    let engine = kit.engine(&steps);
    let _working = start(&engine);
    let job = submit(&engine, &ada, 3).await.unwrap();
    steps.allowed.add_permits(2);
    let on_its_way = until(&engine, &ada, &job, |now| now.report.done == 2).await;
    let seen = (on_its_way.state, on_its_way.report.total);
    assert_eq!(seen, (State::Running, 3));
    let mut elsewhere = ada.clone();
    elsewhere.tenant = Some("archive".parse().unwrap());
    let id = job.id.to_string();
    for other in [
        somebody("ada", "wrong"),
        somebody("bob", "secret"),
        elsewhere,
    ] {
        let error = engine.look(Steps::NAME, &id, &other).await.unwrap_err();
        assert_eq!(error.reason(), Reason::NotFound);
        assert_eq!(error.message(), "Task not found");
        let canceled = engine.cancel(Steps::NAME, &id, &other).await.unwrap();
        assert!(canceled.is_none());
    }
    let other_kind = engine.look("count", &id, &ada).await;
    assert_eq!(other_kind.unwrap_err().reason(), Reason::NotFound);
    steps.allowed.add_permits(1);
    let (state, report) = ended(&engine, &ada, &job).await;
    assert_eq!((state, report.done), (State::Done, 3));
    kit.clock.advance(601);
    let gone = engine.look(Steps::NAME, &id, &ada).await;
    assert_eq!(gone.unwrap_err().reason(), Reason::NotFound);
}

#[tokio::test(start_paused = true)]
async fn a_dead_process_loses_its_jobs_and_another_goes_on_where_it_was() {
    let (kit, ada) = (Kit::new(), somebody("ada", "secret"));
    let (before, after) = (Steps::new(), Steps::new());
    let (first, second) = (kit.engine(&before), kit.engine(&after));
    let (working, _) = start(&first);
    let job = submit(&first, &ada, 5).await.unwrap();
    before.allowed.add_permits(3);
    until(&first, &ada, &job, |now| now.report.done == 3).await;
    working.abort();
    assert!(working.await.unwrap_err().is_cancelled());
    let _working = start(&second);
    after.allowed.add_permits(ALL);
    tokio::time::sleep(Duration::from_mins(1)).await;
    let id = job.id.to_string();
    let waiting = second.look(Steps::NAME, &id, &ada).await.unwrap();
    assert_eq!(waiting.state, State::Running, "the lease is still good");
    kit.clock.advance(LEASE + 1);
    let (state, report) = ended(&second, &ada, &job).await;
    assert_eq!((state, report.done), (State::Done, 5));
    let left = after.allowed.available_permits();
    assert_eq!(left, ALL - 2, "nothing is done twice");
}

#[tokio::test(start_paused = true)]
async fn a_process_that_goes_in_order_leaves_its_jobs_to_others_at_once() {
    let (kit, ada) = (Kit::new(), somebody("ada", "secret"));
    let (before, after) = (Steps::new(), Steps::new());
    let (first, second) = (kit.engine(&before), kit.engine(&after));
    let (working, leaving) = start(&first);
    let job = submit(&first, &ada, 5).await.unwrap();
    before.allowed.add_permits(1);
    until(&first, &ada, &job, |now| now.report.done == 1).await;
    leaving.say();
    working.await.unwrap();
    let id = job.id.to_string();
    let waiting = second.look(Steps::NAME, &id, &ada).await.unwrap();
    assert_eq!(waiting.state, State::Waiting);
    let _working = start(&second);
    after.allowed.add_permits(ALL);
    let (state, report) = ended(&second, &ada, &job).await;
    assert_eq!((state, report.done), (State::Done, 5));
}

#[tokio::test(start_paused = true)]
async fn a_job_ends_early_wherever_it_runs() {
    let (kit, steps, ada) = (Kit::new(), Steps::new(), somebody("ada", "secret"));
    let (first, second) = (kit.engine(&steps), kit.engine(&Steps::new()));
    let _working = start(&first);
    let job = submit(&first, &ada, 5).await.unwrap();
    until(&first, &ada, &job, |now| now.state == State::Running).await;
    let id = job.id.to_string();
    let canceled = second.cancel(Steps::NAME, &id, &ada).await.unwrap();
    assert!(canceled.is_some());
    let (state, report) = ended(&first, &ada, &job).await;
    assert_eq!((state, report.done), (State::Canceled, 0));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_waits_ends_at_once() {
    let (kit, ada) = (Kit::new(), somebody("ada", "secret"));
    let engine = kit.engine(&Steps::new());
    let job = submit(&engine, &ada, 5).await.unwrap();
    let id = job.id.to_string();
    let canceled = engine.cancel(Steps::NAME, &id, &ada).await.unwrap();
    assert!(canceled.is_some());
    let now = engine.look(Steps::NAME, &id, &ada).await.unwrap();
    assert_eq!(now.state, State::Canceled);
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_told_in_its_own_words() {
    let (kit, steps, ada) = (Kit::new(), Steps::failing(), somebody("ada", "secret"));
    let engine = kit.engine(&steps);
    let _working = start(&engine);
    let job = submit(&engine, &ada, 5).await.unwrap();
    steps.allowed.add_permits(1);
    let (state, report) = ended(&engine, &ada, &job).await;
    assert_eq!(state, State::Failed);
    assert_eq!(report.error.as_deref(), Some("no such step"));
}

#[tokio::test(start_paused = true)]
async fn nobody_has_too_many_and_all_together_neither() {
    let (kit, steps) = (Kit::new(), Steps::new());
    let engine = kit.engine(&steps);
    let [ada, bob, eve] = ["ada", "bob", "eve"].map(|name| somebody(name, "secret"));
    let mut last = None;
    for _ in 0..3 {
        last = Some(submit(&engine, &ada, 1).await.unwrap());
    }
    let refused = submit(&engine, &ada, 1).await.unwrap_err();
    assert_eq!(refused.reason(), Reason::SlowDown);
    assert!(refused.retry_delay().is_some());
    submit(&engine, &bob, 1).await.unwrap();
    submit(&engine, &bob, 1).await.unwrap();
    let full = submit(&engine, &eve, 1).await.unwrap_err();
    assert_eq!(full.reason(), Reason::SlowDown);
    steps.allowed.add_permits(ALL);
    let _working = start(&engine);
    ended(&engine, &ada, &last.unwrap()).await;
    submit(&engine, &eve, 1).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn one_owner_leaves_room_for_others_to_run() {
    let (kit, steps) = (Kit::new(), Steps::new());
    let engine = kit.engine(&steps);
    let [ada, bob] = ["ada", "bob"].map(|name| somebody(name, "secret"));
    let mut last = None;
    for _ in 0..3 {
        last = Some(submit(&engine, &ada, 1).await.unwrap());
        kit.clock.advance(1);
    }
    let other = submit(&engine, &bob, 1).await.unwrap();
    let _working = start(&engine);
    until(&engine, &bob, &other, |now| now.state == State::Running).await;
    let id = last.unwrap().id.to_string();
    let third = engine.look(Steps::NAME, &id, &ada).await.unwrap();
    assert_eq!(third.state, State::Waiting);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_takes_too_long_fails() {
    let (kit, ada) = (Kit::new(), somebody("ada", "secret"));
    let engine = kit.engine(&Steps::new());
    let job = submit(&engine, &ada, 5).await.unwrap();
    kit.clock.advance(3601);
    let _working = start(&engine);
    let (state, report) = ended(&engine, &ada, &job).await;
    assert_eq!(state, State::Failed);
    assert!(report.error.unwrap().contains("in time"));
}

#[tokio::test(start_paused = true)]
async fn what_ends_its_process_each_time_is_given_up() {
    let (kit, ada) = (Kit::new(), somebody("ada", "secret"));
    let first = kit.engine(&Steps::new());
    let job = submit(&first, &ada, 5).await.unwrap();
    for _ in 0..11 {
        let engine = kit.engine(&Steps::new());
        let (working, _) = start(&engine);
        // Time for a claim.
        tokio::time::sleep(Duration::from_secs(5)).await;
        working.abort();
        let _ = working.await;
        kit.clock.advance(LEASE + 1);
    }
    let (state, report) = ended(&first, &ada, &job).await;
    assert_eq!(state, State::Failed);
    assert!(report.error.unwrap().contains("too often"));
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_tells_nothing() {
    let (kit, steps, ada) = (Kit::new(), Steps::new(), somebody("ada", "secret"));
    let engine = kit.engine(&steps);
    let _working = start(&engine);
    let job = submit(&engine, &ada, 2).await.unwrap();
    steps.allowed.add_permits(1);
    until(&engine, &ada, &job, |now| now.report.done == 1).await;
    let keys = ada.s3_keys();
    let secret = keys.secret_key.expose_secret();
    let words = ["secret", secret, &keys.access_key, "a-key-of-the-order"];
    let mut files = 0;
    for entry in std::fs::read_dir(kit.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        files += 1;
        for word in words {
            let mut pieces = bytes.windows(word.len());
            let found = pieces.any(|piece| piece == word.as_bytes());
            assert!(!found, "{word} in {}", path.display());
        }
    }
    assert!(files > 0);
}

async fn asking(away: u32, why: Reason) -> (State, Duration) {
    let (kit, ada) = (Kit::new(), somebody("ada", "secret"));
    let engine = kit.engine_of(Arc::new(Asks {
        away: AtomicU32::new(away),
        why,
    }));
    let (_working, began) = (start(&engine), Instant::now());
    let job = submit(&engine, &ada, 0).await.unwrap();
    let (state, _) = ended(&engine, &ada, &job).await;
    (state, began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_is_asked_again_for_as_long_as_was_said() {
    // Pauses of 0.25, 0.5, 1, 2, 4, 8 and 10 seconds, then of 10 each.
    let (state, after) = asking(8, Reason::ServiceUnavailable).await;
    assert_eq!(state, State::Done);
    assert!(after > Duration::from_secs(30), "{after:?}");
    let (state, after) = asking(u32::MAX, Reason::GatewayTimeout).await;
    assert_eq!(state, State::Failed);
    let limits = Duration::from_mins(1)..Duration::from_mins(3);
    assert!(limits.contains(&after), "{after:?}");
    let (state, after) = asking(1, Reason::AccessDenied).await;
    assert_eq!(state, State::Failed);
    assert!(after < Duration::from_secs(5), "{after:?}");
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_a_store_can_be_ended() {
    let (kit, ada) = (Kit::new(), somebody("ada", "secret"));
    let engine = kit.engine_of(Arc::new(Asks {
        away: AtomicU32::new(u32::MAX),
        why: Reason::StoreBusy,
    }));
    let _working = start(&engine);
    let job = submit(&engine, &ada, 0).await.unwrap();
    tokio::time::sleep(Duration::from_secs(20)).await;
    let id = job.id.to_string();
    engine.cancel(Steps::NAME, &id, &ada).await.unwrap();
    assert_eq!(ended(&engine, &ada, &job).await.0, State::Canceled);
}

#[tokio::test(start_paused = true)]
async fn files_go_with_their_jobs() {
    let (kit, steps, ada) = (Kit::new(), Steps::new(), somebody("ada", "secret"));
    let engine = kit.engine(&steps);
    let job = submit(&engine, &ada, 1).await.unwrap();
    let files = engine.files().await.unwrap();
    let stray = uuid::Uuid::new_v4();
    for id in [job.id, stray] {
        files.begin(id).await.unwrap().finish().await.unwrap();
    }
    std::fs::write(files.path(stray).with_extension("left.part"), "x").unwrap();
    steps.allowed.add_permits(1);
    let _working = start(&engine);
    ended(&engine, &ada, &job).await;
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(files.jobs().await.unwrap(), [job.id], "a stray one is gone");
    kit.clock.advance(601);
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert!(files.jobs().await.unwrap().is_empty());
    let job = submit(&engine, &ada, 1).await.unwrap();
    files.begin(job.id).await.unwrap().finish().await.unwrap();
    assert!(!engine.forget(job.id, &ada).await.unwrap(), "it runs");
    steps.allowed.add_permits(1);
    ended(&engine, &ada, &job).await;
    let other = somebody("bob", "secret");
    assert!(!engine.forget(job.id, &other).await.unwrap());
    assert!(engine.forget(job.id, &ada).await.unwrap());
    assert!(!files.path(job.id).exists());
}
