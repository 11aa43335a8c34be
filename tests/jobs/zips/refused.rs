//! What is no archive.

use serde_json::{Value, json};

use super::{emptied, failed, files, store, zip};
use crate::desk::{Desk, refusal};
use crate::task::{below, stepping};

fn refused(desk: &Desk, order: &Value) -> (u16, String) {
    refusal(&desk.tell("POST", &below("download"), order))
}

#[test]
fn requests_that_name_nothing_are_refused_in_the_words_of_the_contract() {
    let desk = Desk::hcp();
    for (order, words) in [
        (json!({}), "Provide either 'prefix' or 'keys'"),
        (
            json!({"keys": [], "prefix": null}),
            "Provide either 'prefix' or 'keys'",
        ),
        (
            json!({"prefix": "none/"}),
            "No objects found under the given prefix",
        ),
        (
            json!({"prefix": "none/", "stream": true}),
            "No objects found under the given prefix",
        ),
        (
            json!({"prefix": "none/", "link": true}),
            "No objects found under the given prefix",
        ),
        (
            json!({"keys": vec!["k"; 50_001]}),
            "Too many objects (50001). Maximum is 50000.",
        ),
    ] {
        assert_eq!(refused(&desk, &order), (400, words.to_owned()));
    }
    assert_eq!(refused(&desk, &json!({"keys": "k"})).0, 422);
    let nothing = desk.tell("POST", "/nothing/objects/download", &json!({"prefix": ""}));
    assert_eq!(nothing.status, 404, "{nothing:?}");
}

#[test]
fn an_archive_larger_than_its_room_fails_and_leaves_nothing() {
    let desk = Desk::of(stepping().with("jobs.disk", "64KiB").open());
    store(&desk.house, &[("large", 200_000), ("small", 10_000)]);
    let task = zip(&desk, &json!({"keys": ["large"]}));
    let told = failed(&desk, &task);
    assert_eq!(told["error"], "There is no room for the archive at present");
    assert_eq!(told["failed_keys"], json!([]));
    assert_eq!(files(&desk.house), [""; 0]);
    // The room is free again.
    super::fetched(&desk, &zip(&desk, &json!({"keys": ["small"]})));
}

#[test]
fn an_archive_that_is_given_up_leaves_nothing() {
    let desk = Desk::of(stepping().open());
    store(&desk.house, &[("a", 10), ("b", 10)]);
    let slow = crate::faults::slow(20_000, "/b", 10);
    desk.house.store().add_fault(slow);
    let task = zip(&desk, &json!({"keys": ["a", "b"]}));
    task.until(&desk, |answer| answer.json()["completed"] == 1);
    assert_eq!(task.cancel(&desk).status, 200);
    task.until(&desk, |answer| answer.json()["status"] == "canceled");
    emptied(&desk.house);
}
