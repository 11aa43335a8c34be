//! A process that is killed in the middle of an archive; the next one makes it.

use serde_json::json;

use super::{contents, fetched, files, store, zip};
use crate::crashes::{below, rounds};
use crate::desk::Desk;
use crate::task::stepping;

const OBJECTS: u64 = 40;

#[test]
fn an_archive_survives_its_process() {
    let mut desk = Desk::of(stepping().open());
    let keys: Vec<_> = (0..OBJECTS)
        .map(|number| format!("d{}/{number}", number % 3))
        .collect();
    let objects: Vec<_> = keys.iter().map(|key| (key.as_str(), 20_000)).collect();
    let made = store(&desk.house, &objects);
    let slow = crate::faults::slow(60, "/data/d", u32::MAX);
    desk.house.store().add_fault(slow);
    for round in 0..rounds() {
        let task = zip(&desk, &json!({"keys": keys}));
        let least = below(OBJECTS, round);
        task.until(&desk, |answer| {
            let told = answer.json();
            told["status"] != "processing" || told["completed"].as_u64() >= Some(least)
        });
        desk.house.crash();
        assert_eq!(contents(&fetched(&desk, &task).body), made);
        assert_eq!(files(&desk.house), [""; 0]);
    }
}
