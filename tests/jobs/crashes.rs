//! A process that is killed in the middle, and one that ends in order: the next finishes the job.
//!
//! `PORTICO_JOB_ROUNDS` says how many rounds of random moments there are.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::faults::slow;
use crate::house::Plan;
use crate::task::{Task, fill, left, small_steps, stepping};

const KEYS: u64 = 150;

pub(crate) fn rounds() -> u32 {
    let rounds = std::env::var("PORTICO_JOB_ROUNDS");
    rounds.ok().and_then(|text| text.parse().ok()).unwrap_or(3)
}

/// Some number below another, another in each round.
pub(crate) fn below(end: u64, round: u32) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    (u64::from(now.subsec_micros()) + u64::from(round) * 7919) % end
}

/// Keys of one round, in folders of their own.
fn keys(round: u32, side: &str) -> impl Iterator<Item = String> {
    (0..KEYS).map(move |number| format!("{side}/{round}/{:02}/{number:03}", number / 9))
}

fn check(desk: &Desk, told: &Value, gone: &[String], kept: &[String]) {
    assert_eq!(left(&desk.house, gone), [""; 0], "{told}");
    assert_eq!(left(&desk.house, kept), kept, "{told}");
    assert_eq!(told["failed"], 0, "{told}");
    assert_eq!(told["total"], told["deleted"], "{told}");
}

#[test]
fn a_deletion_survives_its_process() {
    let mut desk = Desk::of(stepping().open());
    desk.house.store().add_fault(slow(10, "?delete", u32::MAX));
    desk.house
        .store()
        .add_fault(slow(5, "list-type=2", u32::MAX));
    for round in 0..rounds() {
        let gone = fill(&desk.house, keys(round, "gone"));
        let kept = fill(&desk.house, keys(round, "kept"));
        let order = json!({"prefixes": [format!("gone/{round}/")]});
        let task = Task::delete(&desk, &order);
        task.deleted(&desk, below(KEYS, round));
        desk.house.crash();
        check(&desk, &task.done(&desk), &gone, &kept);
    }
}

#[test]
fn a_deletion_is_left_in_order_and_goes_on_at_once() {
    let plan = stepping().with("jobs.lease", "1h");
    let mut desk = Desk::of(plan.open());
    desk.house.store().add_fault(slow(20, "?delete", u32::MAX));
    let gone = fill(&desk.house, keys(0, "gone"));
    let kept = fill(&desk.house, keys(0, "kept"));
    let task = Task::delete(&desk, &json!({"prefixes": ["gone/0/"]}));
    task.deleted(&desk, 20);
    desk.house.restart();
    check(&desk, &task.done(&desk), &gone, &kept);
}

#[test]
fn a_count_survives_its_process() {
    let mut desk = Desk::of(stepping().open());
    desk.house
        .store()
        .add_fault(slow(20, "list-type=2", u32::MAX));
    fill(&desk.house, keys(0, "a"));
    let first = Task::count(&desk, "?prefix=a%2F").done(&desk);
    assert_eq!(first["files"], KEYS);
    for round in 0..rounds() {
        let task = Task::count(&desk, "?prefix=a%2F");
        let least = below(KEYS, round);
        task.until(&desk, |answer| {
            let told = answer.json();
            told["status"] != "counting" || told["files"].as_u64() >= Some(least)
        });
        desk.house.crash();
        assert_eq!(task.done(&desk)["files"], KEYS);
        assert_eq!(task.done(&desk)["folders"], first["folders"]);
    }
}

#[test]
fn a_hand_over_hands_jobs_over_too() {
    let patient = |plan| small_steps(plan).with("jobs.lease", "1h");
    let mut old = Desk::of(patient(Plan::hcp()).open());
    old.house.store().add_fault(slow(100, "?delete", u32::MAX));
    let gone = fill(&old.house, keys(0, "gone"));
    let kept = fill(&old.house, keys(0, "kept"));
    let task = Task::delete(&old, &json!({"prefixes": ["gone/0/"]}));
    task.deleted(&old, 20);
    old.house.portico.signal("QUIT");
    let house = patient(Plan::after(&old.house)).open();
    let new = Desk {
        house,
        token: old.token.clone(),
    };
    old.house.store().clear_faults();
    let told = task.done(&new);
    assert!(old.house.portico.ended().success());
    assert_eq!(left(&old.house, &gone), [""; 0], "{told}");
    assert_eq!(left(&old.house, &kept), kept, "{told}");
    assert_eq!(
        (&told["failed"], &told["total"]),
        (&json!(0), &told["deleted"])
    );
    let log = new.house.portico.lines().join("\n");
    assert!(log.contains("taken again"), "the new one has run it");
}
