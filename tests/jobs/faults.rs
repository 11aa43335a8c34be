//! A store that is slow, away for a while, or for good; what keeps jobs being away.

use hcp_simulator::{Fault, Trouble};
use portico_redis::testkit::Server;
use serde_json::json;

use crate::desk::Desk;
use crate::task::{Task, below, fill, left, stepping};

/// Requests whose target holds these words take so much longer.
pub(crate) fn slow(millis: u64, words: &str, times: u32) -> Fault {
    Fault::new(Trouble::Latency { millis })
        .path(words)
        .times(times)
}

#[test]
fn a_store_that_is_away_for_a_while_is_waited_for() {
    let desk = Desk::of(stepping().open());
    let keys = fill(&desk.house, (0..30).map(|number| format!("k/{number:02}")));
    let away = Fault::new(Trouble::Unavailable).path("?delete").times(3);
    desk.house.store().add_fault(away);
    let cut = Fault::new(Trouble::CutHead).path("list-type=2").times(1);
    desk.house.store().add_fault(cut);
    let told = Task::delete(&desk, &json!({"prefixes": ["k/"]})).done(&desk);
    assert_eq!(
        (&told["deleted"], &told["failed"]),
        (&told["total"], &json!(0))
    );
    assert_eq!(left(&desk.house, &keys), [""; 0]);
}

#[test]
fn a_store_that_stays_away_fails_the_job() {
    let desk = Desk::of(stepping().with("jobs.patience", "1s").open());
    fill(&desk.house, ["k/1".to_owned()]);
    let away = Fault::new(Trouble::Unavailable)
        .path("?delete")
        .times(u32::MAX);
    desk.house.store().add_fault(away);
    let task = Task::delete(&desk, &json!({"prefixes": ["k/"]}));
    let answer = task.until(&desk, |answer| answer.status != 200);
    assert_eq!(answer.status, 502, "{answer:?}");
    assert_eq!(answer.json()["detail"]["status"], "failed");
}

#[test]
fn without_what_keeps_jobs_there_are_none_and_they_come_back_with_it() {
    let mut redis = Server::start();
    let plan = stepping().with("redis.url", redis.url());
    let desk = Desk::of(plan.with("jobs.redis_timeout", "1s").open());
    Task::count(&desk, "").done(&desk);
    redis.kill();
    let answer = desk.ask("POST", &below("s3_stats"));
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.header("retry-after").is_some());
    redis.restart();
    let task = loop {
        let answer = desk.ask("POST", &below("s3_stats"));
        if answer.status == 202 {
            break answer.json()["task_id"].as_str().unwrap().to_owned();
        }
        assert_eq!(answer.status, 503, "{answer:?}");
    };
    let path = below(&format!("s3_stats/{task}"));
    Task { path, id: task }.done(&desk);
}

#[test]
fn a_redis_that_hangs_stops_a_job_and_lets_it_go_on() {
    let redis = Server::start();
    let plan = stepping().with("redis.url", redis.url());
    let desk = Desk::of(plan.with("jobs.redis_timeout", "1s").open());
    let keys = fill(&desk.house, (0..60).map(|number| format!("k/{number:02}")));
    let kept = fill(&desk.house, ["kept".to_owned()]);
    desk.house.store().add_fault(slow(300, "?delete", u32::MAX));
    let task = Task::delete(&desk, &json!({"prefixes": ["k/"]}));
    task.deleted(&desk, 10);
    redis.pause();
    desk.house.portico.line("lost to another process");
    redis.resume();
    desk.house.store().clear_faults();
    let told = task.done(&desk);
    assert_eq!(told["total"], told["deleted"], "{told}");
    assert_eq!(left(&desk.house, &keys), [""; 0]);
    assert_eq!(left(&desk.house, &kept), kept);
}

#[test]
fn without_a_folder_there_are_no_jobs_and_everything_else_goes_on() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let below_a_file = file.path().join("jobs");
    let plan = stepping().with("jobs.folder", below_a_file.to_str().unwrap());
    let desk = Desk::of(plan.open());
    let answer = desk.ask("POST", &below("s3_stats"));
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.header("retry-after").is_some());
    desk.store("k", b"an object");
    assert_eq!(desk.house.store().object("k").unwrap(), b"an object");
}
