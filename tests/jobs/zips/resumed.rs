//! A process that is killed in the middle of an archive; the next one makes it.

use serde_json::json;

use super::{contents, fetched, files, store, zip};
use crate::crashes::{below, rounds};
use crate::desk::Desk;
use crate::house::Connection;
use crate::task::{Task, stepping};

const OBJECTS: u64 = 40;

#[test]
fn an_archive_survives_its_process() {
    let mut desk = Desk::of(stepping().open());
    let keys: Vec<_> = (0..OBJECTS)
        .map(|number| format!("d{}/{number}", number % 3))
        .collect();
    let objects: Vec<_> = keys.iter().map(|key| (key.as_str(), 20_000)).collect();
    let mut made = store(&desk.house, &objects);
    for key in keys.iter().step_by(2) {
        // What becomes smaller is deflated, the rest stored.
        let text = key.repeat(5000).into_bytes();
        desk.house.store().put(key, &text);
        made.insert(key.clone(), text);
    }
    let slow = crate::faults::slow(60, "/data/d", u32::MAX);
    desk.house.store().add_fault(slow);
    for round in 0..rounds() {
        let task = zip(&desk, &json!({"keys": keys}));
        let least = below(OBJECTS, round);
        come_to(&desk, &task, least);
        desk.house.crash();
        assert_eq!(contents(&fetched(&desk, &task).body), made);
        assert_eq!(files(&desk.house), [""; 0]);
    }
}

/// Listens until so many objects are in the archive, or it is ready: asking could fetch it.
fn come_to(desk: &Desk, task: &Task, least: u64) {
    let events = desk.request("GET", &format!("{}/events", task.path));
    let mut listener = Connection::open(desk.house.api);
    listener.send(events.header("host", desk.house.api).bytes());
    listener.head().expect("a head");
    let mut said = String::new();
    loop {
        let chunk = listener.chunk().expect("an event");
        said.push_str(str::from_utf8(&chunk).expect("text"));
        let newest = said.lines().rfind(|line| line.ends_with('}'));
        let newest = newest.and_then(|line| line.strip_prefix("data: "));
        let told: serde_json::Value = newest
            .and_then(|told| serde_json::from_str(told).ok())
            .unwrap_or_default();
        let ended = told["status"].as_str().is_some_and(|it| it != "processing");
        if ended || told["completed"].as_u64() >= Some(least) {
            return;
        }
    }
}
