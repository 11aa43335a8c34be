//! Deletions.

use serde_json::{Value, json};

use crate::desk::{Desk, refusal};
use crate::house::BUCKET;
use crate::task::{Task, below, fill, left, stepping};

fn desk() -> Desk {
    Desk::of(stepping().open())
}

#[test]
fn keys_and_prefixes_go_folders_after_what_is_in_them() {
    let desk = desk();
    let deep = (0..12).flat_map(|number| {
        let folder = format!("gone/{number:02}/deep/");
        [folder.clone(), format!("{folder}a"), format!("{folder}b")]
    });
    let gone = fill(
        &desk.house,
        deep.chain(["one".to_owned(), "two/".to_owned(), "two/in".to_owned()]),
    );
    let kept = fill(&desk.house, ["gone2".to_owned(), "kept/a".to_owned()]);
    let order = json!({"prefixes": ["gone/"], "keys": ["two/", "two/in", "one", "absent"]});
    let begun = desk.tell("POST", &below("delete-task"), &order);
    assert_eq!(begun.status, 202, "{begun:?}");
    let told = begun.json();
    assert_eq!(told["status"], "processing");
    for name in ["total", "deleted", "failed"] {
        assert_eq!(told[name], 0, "{name}");
    }
    let id = told["task_id"].as_str().unwrap().to_owned();
    let task = Task {
        path: below(&format!("delete-task/{id}")),
        id,
    };
    let told = task.done(&desk);
    assert_eq!(left(&desk.house, &gone), [""; 0], "{told}");
    assert_eq!(left(&desk.house, &kept), kept);
    assert_eq!(
        (&told["status"], &told["failed"]),
        (&json!("done"), &json!(0)),
        "{told}"
    );
    assert_eq!(told["total"], told["deleted"]);
    let number = |name: &str| told[name].as_u64().unwrap();
    assert_eq!(number("objects") + number("folders"), number("deleted"));
    assert!(number("folders") >= 13, "{told}");
    let again = Task::delete(&desk, &order).done(&desk);
    assert_eq!(again["failed"], 0, "a repeat is harmless: {again}");
}

#[test]
fn every_version_goes_where_that_is_wanted() {
    let desk = desk();
    let store = desk.house.store();
    store.set_versioning("research", BUCKET, true).unwrap();
    for round in 0..3 {
        for key in ["v/a", "v/b", "v/c", "single", "single-more"] {
            store.put(key, format!("{key} {round}"));
        }
    }
    let delete = |order: Value| Task::delete(&desk, &order).done(&desk);
    let plain = delete(json!({"prefixes": ["v/"]}));
    assert_eq!(plain["failed"], 0, "{plain}");
    let versions = |prefix: &str| {
        let told = desk.good("GET", &format!("/{BUCKET}/versions?prefix={prefix}"));
        told["key_count"].as_u64().unwrap()
    };
    assert!(versions("v%2F") > 3, "markers and versions are left");
    let whole = delete(json!({"prefixes": ["v/"], "keys": ["single"], "versions": true}));
    assert_eq!(whole["failed"], 0, "{whole}");
    assert_eq!(whole["total"], whole["deleted"], "{whole}");
    assert_eq!(versions("v%2F"), 0);
    assert_eq!(versions("single"), 3, "of the other key");
}

#[test]
fn what_cannot_be_an_order_is_refused() {
    let desk = desk();
    let submit = |document: Value| desk.tell("POST", &below("delete-task"), &document);
    let words = "Provide at least one prefix or key to delete".to_owned();
    assert_eq!(refusal(&submit(json!({}))), (400, words.clone()));
    let nothing = json!({"keys": [], "prefixes": []});
    assert_eq!(refusal(&submit(nothing)), (400, words));
    assert_eq!(submit(json!({"keys": [""]})).status, 400);
    assert_eq!(submit(json!({"keys": "a"})).status, 422);
    assert_eq!(desk.ask("POST", &below("delete-task")).status, 422);
}

#[test]
fn a_deletion_that_failed_is_told_as_one() {
    let desk = desk();
    let order = json!({"prefixes": ["a/"]});
    let answer = desk.tell("POST", "/nowhere/objects/delete-task", &order);
    assert_eq!(answer.status, 202, "{answer:?}");
    let id = answer.json()["task_id"].as_str().unwrap().to_owned();
    let path = below(&format!("delete-task/{id}"));
    let task = Task { path, id };
    let answer = task.until(&desk, |answer| answer.status != 200);
    assert_eq!(answer.status, 502, "{answer:?}");
    let detail = &answer.json()["detail"];
    assert_eq!(detail["status"], "failed", "{answer:?}");
    assert!(!detail["error"].as_str().unwrap().is_empty());
}

#[test]
fn a_deletion_ends_early_when_its_owner_wants() {
    let desk = desk();
    let keys = fill(
        &desk.house,
        (0..300).map(|number| format!("many/{number:03}")),
    );
    let slow = crate::faults::slow(100, "?delete", 1000);
    desk.house.store().add_fault(slow);
    let task = Task::delete(&desk, &json!({"prefixes": ["many/"]}));
    task.deleted(&desk, 20);
    let answer = task.cancel(&desk);
    assert_eq!(answer.status, 200, "{answer:?}");
    let told = answer.json();
    assert_eq!(told["status"], "canceling");
    assert_eq!(told["task_id"], task.id.as_str());
    assert_eq!(told["total"].as_u64().unwrap() / 300, 1, "{told}");
    let told = task.over(&desk).json();
    assert_eq!(told["status"], "canceled", "{told}");
    let deleted = told["deleted"].as_u64().unwrap();
    assert!((20..300).contains(&deleted), "{told}");
    let stay = left(&desk.house, &keys);
    assert!(!stay.is_empty() && stay.len() < 300, "{}", stay.len());
    let unknown = desk.ask("POST", &below("delete-task/7/cancel"));
    assert_eq!(unknown.status, 200, "{unknown:?}");
    let told = unknown.json();
    assert_eq!(
        (&told["task_id"], &told["status"]),
        (&json!("7"), &json!("canceling"))
    );
    assert_eq!((&told["total"], &told["deleted"]), (&json!(0), &json!(0)));
}

#[test]
fn what_comes_in_meanwhile_stays_and_its_folders_are_named() {
    let desk = desk();
    let keys = fill(&desk.house, (10..60).map(|number| format!("k/a/{number}")));
    let slow = crate::faults::slow(100, "?delete", u32::MAX);
    desk.house.store().add_fault(slow);
    let task = Task::delete(&desk, &json!({"prefixes": ["k/"]}));
    task.deleted(&desk, 15);
    desk.house.store().put("k/a/00", "late");
    let told = task.done(&desk);
    assert_eq!(left(&desk.house, &keys), [""; 0], "{told}");
    assert_eq!(desk.house.store().object("k/a/00").unwrap(), b"late");
    let named: Vec<_> = told["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["Key"])
        .collect();
    assert_eq!(named, ["k/a/", "k/"], "{told}");
    assert_eq!(told["failed"], 2);
    let sum = told["deleted"].as_u64().unwrap() + 2;
    assert_eq!(told["total"], sum, "{told}");
}

#[test]
fn kept_listings_hear_of_it() {
    let plan = stepping()
        .with("cache.enabled", true)
        .with("cache.s3_list_quiet", "0s");
    let desk = Desk::of(plan.open());
    fill(&desk.house, (0..15).map(|number| format!("k{number:02}")));
    let list = || desk.good("GET", &format!("/{BUCKET}/objects"));
    assert_eq!(list()["key_count"], 15);
    desk.house.store().clear_requests();
    assert_eq!(list()["key_count"], 15);
    assert!(desk.house.store().arrived().is_empty(), "it is kept");
    // Not even a count is answered from it.
    desk.house.store().put("k99", "behind the back");
    assert_eq!(Task::count(&desk, "").done(&desk)["files"], 16);
    Task::delete(&desk, &json!({"prefixes": ["k"]})).done(&desk);
    assert_eq!(list()["key_count"], 0);
}
