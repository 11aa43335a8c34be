//! What is kept of tables, and until when.

use serde_json::json;

use crate::desk::Desk;
use crate::house::{BUCKET, House, Plan};

fn open() -> House {
    Plan::hcp().with("cache.enabled", true).open()
}

fn is_kept(desk: &Desk<'_>, target: &str) -> bool {
    let answer = desk.get(target);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
        .header("cache-status")
        .is_some_and(|said| said.contains("hit"))
}

#[test]
fn names_and_columns_are_kept_until_something_is_written() {
    let house = open();
    let desk = Desk::of(&house, "research");
    desk.line("t", 2);
    for target in ["tables", "schema?table=t"] {
        assert!(!is_kept(&desk, target), "{target}");
        assert!(is_kept(&desk, target), "{target}");
    }
    // Through the S3 door, by whatever client.
    let keys = house.keys("research");
    let put = house.put(&keys, &format!("/{BUCKET}/t.lance/data/x"), "x");
    assert_eq!(house.ask(&put).status, 200);
    for target in ["tables", "schema?table=t"] {
        assert!(!is_kept(&desk, target), "{target}");
    }
    desk.line("u", 1);
    assert_eq!(desk.read("tables"), json!({"tables": ["t", "u"]}));
}

#[test]
fn rows_are_never_kept() {
    let house = open();
    let desk = Desk::of(&house, "research");
    desk.line("t", 2);
    assert_eq!(desk.read("rows?table=t")["total"], 2);
    let more = desk.write(
        "t?mode=append",
        &[json!({"id": 7, "name": "x", "vector": [1, 1]})],
    );
    assert_eq!(more.status, 200, "{}", more.text());
    assert_eq!(desk.read("rows?table=t")["total"], 3);
    assert!(!is_kept(&desk, "rows?table=t"));
}

#[test]
fn what_is_written_through_the_routes_is_new_at_the_door() {
    let house = open();
    let desk = Desk::of(&house, "research");
    let keys = house.keys("research");
    let list = || {
        let listing = house.get(
            &keys,
            &format!("/{BUCKET}?list-type=2&prefix=t.lance/_versions/"),
        );
        let answer = house.ask(&listing);
        assert_eq!(answer.status, 200);
        answer.text().matches("<Key>").count()
    };
    assert_eq!(list(), 0);
    desk.line("t", 2);
    let first = list();
    assert!(first > 0);
    desk.line("t?mode=overwrite", 2);
    assert!(list() > first);
}
