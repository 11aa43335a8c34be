//! Users of a generic store: their rules hold for jobs, and for each key of them.

use serde_json::{Value, json};

use crate::desk::{Desk, refusal};
use crate::house::{BUCKET, HASH, Plan, rule, user};
use crate::task::{Task, below, fill, left, small_steps};

/// `ada` may change `mine/` and look at `ours/`.
fn furnished() -> Desk {
    let rules = vec![
        rule(&[BUCKET], &["mine/"], false),
        rule(&[BUCKET], &["ours/"], true),
    ];
    let plan = Plan::shared().users(vec![user("ada", HASH, rules)]);
    Desk::shared(small_steps(plan))
}

#[test]
fn only_what_the_rules_open_is_deleted() {
    let desk = furnished();
    let keys = ["mine/a", "mine/b/c", "ours/d", "theirs/e"];
    let keys = fill(&desk.house, keys.map(str::to_owned));
    let submit = |document: Value| desk.tell("POST", &below("delete-task"), &document);
    for closed in [
        json!({"keys": ["mine/a", "theirs/e"]}),
        json!({"keys": ["ours/d"]}),
        json!({"prefixes": [""]}),
        json!({"prefixes": ["mine/", "theirs/"]}),
        json!({"prefixes": ["theirs/"], "versions": true}),
    ] {
        let answer = submit(closed.clone());
        assert_eq!(refusal(&answer).0, 403, "{closed}");
    }
    let read_only = Task::delete(&desk, &json!({"prefixes": ["ours/"]})).done(&desk);
    assert_eq!(read_only["deleted"], 0, "{read_only}");
    assert_eq!(read_only["failed"], read_only["total"], "{read_only}");
    assert_eq!(
        read_only["errors"][0]["Code"], "AccessDenied",
        "{read_only}"
    );
    assert_eq!(left(&desk.house, &keys), keys);
    let own = Task::delete(&desk, &json!({"prefixes": ["mine/"]})).done(&desk);
    assert_eq!(own["failed"], 0, "{own}");
    assert_eq!(left(&desk.house, &keys), ["ours/d", "theirs/e"]);
}

#[test]
fn only_what_the_rules_open_is_counted() {
    let desk = furnished();
    let keys = ["mine/a", "ours/b", "theirs/c"];
    fill(&desk.house, keys.map(str::to_owned));
    assert_eq!(desk.ask("POST", &below("s3_stats")).status, 403);
    assert_eq!(
        desk.ask("POST", &below("s3_stats?prefix=theirs%2F")).status,
        403
    );
    for prefix in ["mine", "ours"] {
        let told = Task::count(&desk, &format!("?prefix={prefix}%2F")).done(&desk);
        assert_eq!(told["files"], 1, "{told}");
    }
}
