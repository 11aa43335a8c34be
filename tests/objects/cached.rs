//! With the cache on: reads are answered from it, and a write is seen at once by everyone.

use serde_json::{Value, json};

use crate::desk::{Desk, object};
use crate::house::{BUCKET, Plan};

/// A house that keeps, and whose listings are trusted at once after a delete.
fn keeping() -> Desk {
    let plan = Plan::hcp()
        .with("cache.enabled", true)
        .with("cache.s3_list_quiet", "0s");
    Desk::of(plan.open())
}

fn listed(desk: &Desk) -> Vec<Value> {
    let told = desk.good("GET", &format!("/{BUCKET}/objects"));
    let objects = told["objects"].as_array().unwrap().iter();
    objects.map(|object| object["Key"].clone()).collect()
}

#[test]
fn repeated_reads_do_not_reach_the_store() {
    let desk = keeping();
    desk.store("a b", b"x");
    let reads = [
        ("GET", String::new()),
        ("HEAD", format!("/{BUCKET}")),
        ("GET", format!("/{BUCKET}/versioning")),
        ("GET", format!("/{BUCKET}/acl")),
        ("GET", format!("/{BUCKET}/objects?delimiter=%2F")),
        ("HEAD", object("a b")),
        ("GET", format!("{}/acl", object("a b"))),
    ];
    for (method, path) in &reads {
        let first = desk.ask(method, path);
        assert_eq!(first.status, 200, "{method} {path}");
        desk.house.store().clear_requests();
        let again = desk.ask(method, path);
        assert_eq!(
            (again.status, &again.body),
            (200, &first.body),
            "{method} {path}"
        );
        assert!(desk.house.store().arrived().is_empty(), "{method} {path}");
    }
}

#[test]
fn writes_by_rest_are_seen_at_both_doors_at_once() {
    let desk = keeping();
    let keys = desk.house.keys("research");
    let head = || {
        desk.house
            .ask(&keys.sign(desk.house.request("HEAD", &format!("/{BUCKET}/k"))))
            .status
    };
    let list = || {
        desk.house
            .ask(&desk.house.get(&keys, &format!("/{BUCKET}?list-type=2")))
            .text()
    };
    assert_eq!((head(), listed(&desk).len()), (404, 0));
    assert!(!list().contains("<Key>k</Key>"));
    desk.store("k", b"x");
    assert_eq!((head(), listed(&desk)), (200, vec![json!("k")]));
    assert!(list().contains("<Key>k</Key>"));
    let big = vec![1; 9 << 20];
    desk.store("big", &big);
    assert!(list().contains("<Key>big</Key>"));
    assert_eq!(listed(&desk).len(), 2);
    let from = json!({"source_bucket": BUCKET, "source_key": "k"});
    desk.tell("POST", &format!("{}/copy", object("copy")), &from);
    assert_eq!(listed(&desk).len(), 3);
    let document = json!({"keys": ["k", "big"]});
    desk.tell("POST", &format!("/{BUCKET}/objects/delete"), &document);
    assert_eq!((head(), listed(&desk)), (404, vec![json!("copy")]));
    assert!(!list().contains("<Key>big</Key>"));
}

#[test]
fn writes_at_the_s3_door_are_seen_by_rest_at_once() {
    let desk = keeping();
    let keys = desk.house.keys("research");
    let target = format!("/{BUCKET}/k");
    for data in ["1", "22"] {
        desk.ask("HEAD", &object("k"));
        listed(&desk);
        let put = desk.house.put(&keys, &target, data);
        if desk.house.ask(&put).status == 409 {
            // HCP does not overwrite where versions are not kept.
            let gone = keys.sign(desk.house.request("DELETE", &target));
            assert_eq!(desk.house.ask(&gone).status, 204);
            assert_eq!(desk.ask("HEAD", &object("k")).status, 404);
            assert_eq!(desk.house.ask(&put).status, 200);
        }
        let length = data.len().to_string();
        let known = desk.ask("HEAD", &object("k"));
        assert_eq!(known.header("content-length"), Some(length.as_str()));
        assert_eq!(listed(&desk), [json!("k")]);
    }
}

#[test]
fn nobody_is_answered_with_what_another_may_read() {
    let desk = keeping();
    desk.store("k", b"x");
    assert_eq!(desk.ask("HEAD", &object("k")).status, 200);
    let token = desk
        .house
        .token("username=ada&password=wrong&tenant=research");
    let wrong = Desk { token, ..desk };
    assert_eq!(wrong.ask("HEAD", &object("k")).status, 403);
    assert_eq!(wrong.ask("GET", &format!("/{BUCKET}/objects")).status, 403);
}
