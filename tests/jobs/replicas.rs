//! Two processes with one Redis: any of them takes, runs, tells and ends any job.

use portico_redis::testkit::Server;
use serde_json::json;

use crate::desk::Desk;
use crate::faults::slow;
use crate::house::{House, Plan};
use crate::task::{Task, fill, left, small_steps};

/// Two houses before one store, the second of which begins when the story says so.
pub(crate) fn first(redis: &Server) -> Desk {
    Desk::of(
        small_steps(Plan::hcp())
            .with("redis.url", redis.url())
            .open(),
    )
}

pub(crate) fn second(redis: &Server, beside: &House) -> Desk {
    let plan = small_steps(Plan::beside(beside)).with("redis.url", redis.url());
    Desk::of(plan.open())
}

#[test]
fn one_takes_a_job_and_the_other_tells_of_it() {
    let redis = Server::start();
    let one = first(&redis);
    let other = second(&redis, &one.house);
    fill(&one.house, (0..50).map(|number| format!("k/{number:02}")));
    let task = Task::count(&one, "");
    let here = task.done(&one);
    assert_eq!(task.done(&other), here);
    one.house.store().add_fault(slow(100, "?delete", 1000));
    let task = Task::delete(&one, &json!({"prefixes": ["k/"]}));
    task.deleted(&other, 1);
    assert_eq!(task.cancel(&other).status, 200);
    assert_eq!(task.over(&one).json()["status"], "canceled");
}

#[test]
fn the_other_goes_on_with_the_jobs_of_one_that_was_killed() {
    let redis = Server::start();
    let mut one = first(&redis);
    let keys = fill(&one.house, (0..120).map(|number| format!("k/{number:03}")));
    let kept = fill(&one.house, (0..20).map(|number| format!("kept/{number}")));
    one.house.store().add_fault(slow(400, "?delete", u32::MAX));
    let task = Task::delete(&one, &json!({"prefixes": ["k/"]}));
    task.deleted(&one, 10);
    let other = second(&redis, &one.house);
    one.house.portico.end();
    one.house.store().clear_faults();
    let told = task.done(&other);
    assert_eq!(told["total"], told["deleted"], "{told}");
    assert_eq!(told["failed"], 0);
    assert_eq!(left(&one.house, &keys), [""; 0]);
    assert_eq!(left(&one.house, &kept), kept);
    let log = other.house.portico.lines().join("\n");
    assert!(log.contains("taken again"), "the other has run it");
}

#[test]
fn processes_of_one_machine_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let shared = folder.path().to_str().unwrap();
    let plan = small_steps(Plan::hcp()).with("jobs.folder", shared);
    let mut one = Desk::of(plan.open());
    let plan = small_steps(Plan::beside(&one.house)).with("jobs.folder", shared);
    let other = Desk::of(plan.open());
    let keys = fill(&one.house, (0..60).map(|number| format!("k/{number:02}")));
    for number in 0..6 {
        let desk = if number % 2 == 0 { &one } else { &other };
        let count = Task::count(desk, "?prefix=k%2F");
        assert_eq!(count.done(&one), count.done(&other));
    }
    one.house.store().add_fault(slow(200, "?delete", u32::MAX));
    let task = Task::delete(&one, &json!({"prefixes": ["k/"]}));
    task.deleted(&other, 10);
    one.house.portico.end();
    one.house.store().clear_faults();
    let told = task.done(&other);
    assert_eq!(told["total"], told["deleted"], "{told}");
    assert_eq!(left(&one.house, &keys), [""; 0]);
}
