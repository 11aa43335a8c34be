//! Clients that never fetch, or leave in the middle; objects that go in the middle.

use std::time::Instant;

use serde_json::json;

use super::{contents, emptied, fetched, files, noise, store, zip};
use crate::desk::{Desk, object};
use crate::faults::slow;
use crate::house::{Connection, PATIENCE, Request};
use crate::task::{Task, stepping};

/// Waits until the archive is ready, without fetching it.
pub(crate) fn ready(desk: &Desk, task: &Task) {
    let events = desk.ask("GET", &format!("{}/events", task.path));
    assert!(events.text().contains("\"ready\""), "{events:?}");
}

/// Waits until metrics tell of no file.
fn given_back(desk: &Desk) {
    let end = Instant::now() + PATIENCE;
    loop {
        let metrics = desk.house.admin(Request::new("GET", "/metrics")).text();
        if metrics
            .lines()
            .any(|line| line == "portico_jobs_disk_bytes 0")
        {
            return;
        }
        assert!(Instant::now() < end, "{metrics}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

#[test]
fn what_nobody_fetches_goes_when_its_time_is_over() {
    let desk = Desk::of(stepping().with("jobs.kept", "2s").open());
    store(&desk.house, &[("a", 100_000)]);
    let task = zip(&desk, &json!({"keys": ["a"]}));
    ready(&desk, &task);
    assert_eq!(files(&desk.house), [task.id.as_str()]);
    emptied(&desk.house);
    assert_eq!(task.ask(&desk).status, 404);
    given_back(&desk);
}

/// Fetches the beginning, and leaves.
fn begin_and_leave(desk: &Desk, task: &Task) {
    let request = desk
        .request("GET", &task.path)
        .header("host", desk.house.api);
    let mut client = Connection::open(desk.house.api);
    client.send(request.bytes());
    let head = client.head().unwrap();
    assert_eq!(head.header("content-type"), Some("application/zip"));
    client.exactly(1000).unwrap();
}

#[test]
fn whoever_leaves_while_it_is_sent_was_the_last() {
    let desk = Desk::of(stepping().open());
    desk.house.store().put("a", noise("a", 30_000_000));
    let task = zip(&desk, &json!({"keys": ["a"]}));
    ready(&desk, &task);
    begin_and_leave(&desk, &task);
    assert_eq!(task.ask(&desk).status, 404);
    emptied(&desk.house);
    given_back(&desk);
}

#[test]
fn whoever_leaves_may_come_again_where_archives_are_kept() {
    let desk = Desk::of(stepping().with("jobs.keep_zip", true).open());
    let made = store(&desk.house, &[("a", 30_000_000)]);
    let task = zip(&desk, &json!({"keys": ["a"]}));
    ready(&desk, &task);
    begin_and_leave(&desk, &task);
    assert_eq!(contents(&fetched(&desk, &task).body), made);
}

#[test]
fn an_archive_is_made_though_its_client_has_left() {
    let desk = Desk::of(stepping().open());
    let keys: Vec<_> = (0..30).map(|number| format!("k/{number:02}")).collect();
    let objects: Vec<_> = keys.iter().map(|key| (key.as_str(), 1000)).collect();
    let made = store(&desk.house, &objects);
    desk.house
        .store()
        .add_fault(slow(200, "/data/k/", u32::MAX));
    let task = zip(&desk, &json!({"keys": keys}));
    let events = desk.request("GET", &format!("{}/events", task.path));
    let mut listener = Connection::open(desk.house.api);
    listener.send(events.header("host", desk.house.api).bytes());
    listener.head().unwrap();
    drop(listener);
    assert_eq!(contents(&fetched(&desk, &task).body), made);
}

#[test]
fn objects_that_are_deleted_midway_are_told_and_all_others_are_there() {
    let desk = Desk::of(stepping().open());
    let keys: Vec<_> = (0..60).map(|number| format!("k/{number:02}")).collect();
    let objects: Vec<_> = keys.iter().map(|key| (key.as_str(), 1000)).collect();
    let mut made = store(&desk.house, &objects);
    let get = slow(200, "/data/k/", u32::MAX).method(&http::Method::GET);
    desk.house.store().add_fault(get);
    let task = zip(&desk, &json!({"prefix": "k/"}));
    task.until(&desk, |answer| {
        answer.json()["completed"].as_u64() >= Some(1)
    });
    // No fetch of these has begun: twenty are under way at a time.
    for key in ["k/58", "k/59"] {
        assert_eq!(desk.ask("DELETE", &object(key)).status, 200);
        made.remove(key);
    }
    let answer = fetched(&desk, &task);
    assert_eq!(answer.header("x-zip-failed-keys"), Some("k/58,k/59"));
    let mut told = contents(&answer.body);
    let list = String::from_utf8(told.remove("FAILED.txt").unwrap()).unwrap();
    assert_eq!(list.matches("k/5").count(), 4, "{list}");
    told.remove("k/").unwrap();
    assert_eq!(told, made);
}
