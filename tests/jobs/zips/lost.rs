//! A Redis that is lost in the middle of an archive.

use portico_redis::testkit::Server;
use serde_json::json;

use super::{contents, emptied, fetched, store, zip};
use crate::desk::Desk;
use crate::faults::slow;
use crate::task::{Task, stepping};

fn desk(redis: &Server) -> Desk {
    let plan = stepping().with("redis.url", redis.url());
    Desk::of(plan.with("jobs.redis_timeout", "1s").open())
}

/// An archive that is on its way.
fn begun(desk: &Desk, keys: &[String]) -> Task {
    desk.house
        .store()
        .add_fault(slow(300, "/data/k/", u32::MAX));
    let task = zip(desk, &json!({"keys": keys}));
    let some = |answer: &crate::house::Answer| answer.json()["completed"].as_u64() >= Some(3);
    task.until(desk, some);
    task
}

fn keys() -> Vec<String> {
    (0..150).map(|number| format!("k/{number:03}")).collect()
}

#[test]
fn an_archive_is_given_up_with_its_file_and_made_when_redis_answers_again() {
    let redis = Server::start();
    let desk = desk(&redis);
    let keys = keys();
    let objects: Vec<_> = keys.iter().map(|key| (key.as_str(), 5_000)).collect();
    let made = store(&desk.house, &objects);
    let task = begun(&desk, &keys);
    redis.pause();
    desk.house.portico.line("lost to another process");
    emptied(&desk.house);
    assert_eq!(task.ask(&desk).status, 503);
    redis.resume();
    desk.house.store().clear_faults();
    assert_eq!(contents(&fetched(&desk, &task).body), made);
    emptied(&desk.house);
}

#[test]
fn what_redis_has_written_down_goes_on_after_its_crash() {
    let keep = |folder: &std::path::Path| {
        let folder = folder.to_str().unwrap().to_owned();
        let words = ["--appendonly", "yes", "--appendfsync", "always", "--dir"];
        let words = words.map(str::to_owned).into_iter();
        words.chain([folder]).collect()
    };
    let mut redis = Server::with(keep);
    let desk = desk(&redis);
    let keys = keys();
    let objects: Vec<_> = keys.iter().map(|key| (key.as_str(), 5_000)).collect();
    let made = store(&desk.house, &objects);
    let task = begun(&desk, &keys);
    redis.kill();
    desk.house.portico.line("lost to another process");
    emptied(&desk.house);
    redis.restart();
    desk.house.store().clear_faults();
    let answer = task.until(&desk, |answer| {
        answer.status == 200 && answer.header("content-type") == Some("application/zip")
    });
    assert_eq!(contents(&answer.body), made);
    emptied(&desk.house);
}

#[test]
fn what_redis_has_forgotten_is_lost_and_leaves_nothing() {
    let mut redis = Server::start();
    let desk = desk(&redis);
    let keys = keys();
    let objects: Vec<_> = keys.iter().map(|key| (key.as_str(), 5_000)).collect();
    store(&desk.house, &objects);
    let task = begun(&desk, &keys);
    redis.kill();
    desk.house.portico.line("lost to another process");
    redis.restart();
    task.until(&desk, |answer| answer.status == 404);
    emptied(&desk.house);
    desk.house.store().clear_faults();
    let next = zip(&desk, &json!({"keys": ["k/000"]}));
    assert_eq!(contents(&fetched(&desk, &next).body).len(), 1);
}
