//! Users of a generic store: what their rules let through on REST.

use serde_json::json;
use toml::Table;

use crate::desk::{Desk, object};
use crate::house::{BUCKET, HASH, Plan, rule, user};

/// `ada`, who may everything.
pub(crate) fn everything() -> Table {
    user("ada", HASH, vec![rule(&["*"], &[], false)])
}

/// `ada` has a folder of the bucket and may read another.
fn furnished() -> Desk {
    let rules = vec![
        rule(&[BUCKET], &["mine/"], false),
        rule(&[BUCKET], &["ours/"], true),
    ];
    let desk = Desk::shared(Plan::shared().users(vec![user("ada", HASH, rules)]));
    for key in ["mine/a", "ours/b", "theirs/c"] {
        desk.house.store().put(key, key);
    }
    desk.house
        .store()
        .create_bucket("research", "ada", "secret")
        .unwrap();
    desk
}

#[test]
fn keys_outside_of_the_rules_are_closed() {
    let desk = furnished();
    for (method, key, status) in [
        ("GET", "mine/a", 200),
        ("GET", "ours/b", 200),
        ("GET", "theirs/c", 403),
        ("HEAD", "theirs/c", 403),
        ("DELETE", "theirs/c", 403),
        ("DELETE", "ours/b", 403),
        ("GET", "mine/../theirs/c", 403),
    ] {
        assert_eq!(
            desk.ask(method, &object(key)).status,
            status,
            "{method} {key}"
        );
    }
    assert_eq!(desk.upload(&object("mine/new"), b"x").status, 201);
    assert_eq!(desk.upload(&object("ours/new"), b"x").status, 403);
    assert_eq!(desk.house.store().object("ours/new"), None);
    let copy = |from: &str, to: &str| {
        let from = json!({"source_bucket": BUCKET, "source_key": from});
        desk.tell("POST", &format!("{}/copy", object(to)), &from)
            .status
    };
    assert_eq!(copy("ours/b", "mine/b"), 200);
    assert_eq!(copy("theirs/c", "mine/c"), 403);
    assert_eq!(copy("mine/a", "ours/a"), 403);
    let folder = json!({"folder_name": "theirs/new"});
    assert_eq!(
        desk.tell("POST", &format!("/{BUCKET}/objects/folder"), &folder)
            .status,
        403
    );
}

#[test]
fn listings_show_what_may_be_seen() {
    let desk = furnished();
    let told = desk.good("GET", "");
    let names: Vec<_> = told["buckets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| &b["Name"])
        .collect();
    assert_eq!(names, [BUCKET]);
    let list = |word: &str, prefix: &str| {
        desk.ask("GET", &format!("/{BUCKET}/{word}?prefix={prefix}"))
            .status
    };
    for word in ["objects", "versions", "uploads"] {
        assert_eq!(list(word, "mine%2F"), 200, "{word}");
        assert_eq!(list(word, ""), 403, "{word}");
        assert_eq!(list(word, "theirs%2F"), 403, "{word}");
    }
    assert_eq!(desk.ask("HEAD", &format!("/{BUCKET}")).status, 200);
    assert_eq!(desk.ask("HEAD", "/secret").status, 403);
    assert_eq!(
        desk.ask("GET", &format!("/{BUCKET}/versioning")).status,
        200
    );
}

#[test]
fn buckets_and_their_settings_need_the_whole_bucket() {
    let desk = furnished();
    assert_eq!(
        desk.tell("POST", "", &json!({"bucket": "fresh"})).status,
        403
    );
    assert_eq!(desk.ask("DELETE", &format!("/{BUCKET}")).status, 403);
    assert_eq!(
        desk.ask("DELETE", &format!("/{BUCKET}?force=true")).status,
        403
    );
    let enabled = json!({"status": "Enabled"});
    assert_eq!(
        desk.tell("PUT", &format!("/{BUCKET}/versioning"), &enabled)
            .status,
        403
    );
    assert_eq!(desk.house.store().object("theirs/c").unwrap(), b"theirs/c");
}

#[test]
fn one_key_outside_refuses_a_whole_list() {
    let desk = furnished();
    let delete = |document| desk.tell("POST", &format!("/{BUCKET}/objects/delete"), &document);
    assert_eq!(delete(json!({"keys": ["mine/a", "theirs/c"]})).status, 403);
    assert!(desk.house.store().object("mine/a").is_some());
    assert_eq!(delete(json!({"prefix": ""})).status, 403);
    let read_only = delete(json!({"prefix": "ours/"})).json();
    assert_eq!(
        read_only["errors"][0]["Code"], "AccessDenied",
        "{read_only}"
    );
    assert!(desk.house.store().object("ours/b").is_some());
    let own = delete(json!({"prefix": "mine/"})).json();
    assert_eq!(own["errors"], json!([]), "{own}");
    assert_eq!(desk.house.store().object("mine/a"), None);
}

#[test]
fn parts_are_judged_by_their_key() {
    let desk = furnished();
    let at =
        |key: &str, word: &str| format!("/{BUCKET}/multipart/{}{word}", crate::desk::escaped(key));
    assert_eq!(desk.ask("POST", &at("ours/x", "")).status, 403);
    let begun = desk.good("POST", &at("mine/x", ""));
    let upload = begun["upload_id"].as_str().unwrap();
    assert_eq!(
        desk.ask("GET", &at("mine/x", &format!("/parts?upload_id={upload}")))
            .status,
        200
    );
    let abort = json!({"upload_id": upload});
    assert_eq!(
        desk.tell("POST", &at("theirs/x", "/abort"), &abort).status,
        403
    );
    assert_eq!(
        desk.tell("POST", &at("mine/x", "/abort"), &abort).status,
        200
    );
}
