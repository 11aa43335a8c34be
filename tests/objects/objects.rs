//! One object at a time: stored, listed, read, copied, deleted.

use serde_json::json;

use crate::desk::{Desk, object, refusal};
use crate::house::BUCKET;

#[test]
fn an_object_lives_from_its_upload_to_its_end() {
    for desk in [Desk::hcp(), Desk::hcp10()] {
        let answer = desk.upload(&object("a/b c.txt"), b"hello");
        assert_eq!(answer.status, 201, "{answer:?}");
        let stored = json!({"bucket": BUCKET, "key": "a/b c.txt", "status": "uploaded"});
        assert_eq!(answer.json(), stored);
        assert_eq!(desk.house.store().object("a/b c.txt").unwrap(), b"hello");
        let got = desk.ask("GET", &object("a/b c.txt"));
        assert_eq!((got.status, got.text().as_str()), (200, "hello"));
        let tag = "\"5d41402abc4b2a76b9719d911017c592\"";
        assert_eq!(got.header("etag"), Some(tag));
        assert_eq!(got.header("content-length"), Some("5"));
        assert!(got.header("last-modified").unwrap().ends_with(" GMT"));
        let known = desk.ask("HEAD", &object("a/b c.txt"));
        assert_eq!((known.status, known.header("etag")), (200, Some(tag)));
        assert_eq!(known.header("content-length"), Some("5"));
        let gone = desk.good("DELETE", &object("a/b c.txt"));
        assert_eq!(
            gone,
            json!({"status": "deleted", "bucket": BUCKET, "key": "a/b c.txt"})
        );
        assert_eq!(
            desk.ask("DELETE", &object("a/b c.txt")).status,
            200,
            "gone is gone"
        );
        let (status, words) = refusal(&desk.ask("GET", &object("a/b c.txt")));
        assert_eq!(
            (status, words.starts_with("object 'a/b c.txt': ")),
            (404, true),
            "{words}"
        );
        assert_eq!(desk.ask("HEAD", &object("a/b c.txt")).status, 404);
    }
}

#[test]
fn a_listing_has_pages_and_folders() {
    let desk = Desk::hcp();
    for key in ["a/1", "a/2", "b+ 1", "c"] {
        desk.store(key, b"12");
    }
    let list = |query: &str| desk.good("GET", &format!("/{BUCKET}/objects?{query}"));
    let all = list("");
    let keys: Vec<_> = all["objects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| o["Key"].clone())
        .collect();
    assert_eq!(
        keys,
        ["a/", "a/1", "a/2", "b+ 1", "c"],
        "folders are objects"
    );
    assert_eq!(
        (&all["key_count"], &all["is_truncated"]),
        (&json!(5), &json!(false))
    );
    assert_eq!(all["next_continuation_token"], json!(null));
    assert_eq!(all["objects"][1]["Size"], 2);
    assert_eq!(all["objects"][1]["Owner"]["DisplayName"], "ada");
    let top = list("delimiter=%2F");
    assert_eq!(top["common_prefixes"], json!(["a/"]));
    let inside = list("prefix=a%2F1");
    assert_eq!(inside["objects"][0]["Key"], "a/1");
    let page = list("max_keys=2");
    assert_eq!(page["is_truncated"], true);
    let token = page["next_continuation_token"].as_str().unwrap();
    let next = list(&format!("max_keys=1000&continuation_token={token}"));
    assert_eq!(next["objects"][0]["Key"], "a/2");
}

#[test]
fn what_cannot_be_listed_is_told() {
    let desk = Desk::hcp();
    let at = |query: &str| desk.ask("GET", &format!("/{BUCKET}/objects?{query}"));
    let issue = at("max_keys=1001").json()["detail"][0].clone();
    assert_eq!(issue["loc"], json!(["query", "max_keys"]), "{issue}");
    assert_eq!(at("max_keys=x").status, 422);
    assert_eq!(at("max_keys=-1").status, 400);
    assert_eq!(at("continuation_token=no").status, 400);
    let (status, words) = refusal(&desk.ask("GET", "/nowhere/objects"));
    assert_eq!(
        (status, words.starts_with("bucket 'nowhere': ")),
        (404, true),
        "{words}"
    );
}

#[test]
fn a_copy_is_made_by_the_store() {
    let desk = Desk::hcp();
    desk.store("from/å +?#", b"copied");
    let from = json!({"source_bucket": BUCKET, "source_key": "from/å +?#"});
    let answer = desk.tell("POST", &format!("{}/copy", object("to/b")), &from);
    let copied = json!({"status": "copied", "bucket": BUCKET, "key": "to/b"});
    assert_eq!((answer.status, answer.json()), (200, copied));
    assert_eq!(desk.house.store().object("to/b").unwrap(), b"copied");
    let none = json!({"source_bucket": BUCKET, "source_key": "none"});
    let answer = desk.tell("POST", &format!("{}/copy", object("to/c")), &none);
    assert_eq!(answer.status, 404, "{answer:?}");
    let bad = json!({"source_bucket": "../x", "source_key": "k"});
    let answer = desk.tell("POST", &format!("{}/copy", object("to/c")), &bad);
    assert_eq!(answer.status, 400, "{answer:?}");
}

#[test]
fn a_folder_is_an_object_too() {
    let desk = Desk::hcp();
    let make = |name: &str| {
        desk.tell(
            "POST",
            &format!("/{BUCKET}/objects/folder"),
            &json!({"folder_name": name}),
        )
    };
    let answer = make("shelf");
    let told = json!({"bucket": BUCKET, "key": "shelf/", "status": "created"});
    assert_eq!((answer.status, answer.json()), (201, told));
    assert_eq!(make("other/").json()["key"], "other/");
    let listed = desk.good("GET", &format!("/{BUCKET}/objects"));
    assert_eq!(listed["objects"][1]["Key"], "shelf/");
    assert_eq!(desk.ask("HEAD", &object("shelf/")).status, 200);
    desk.store("shelf/book", b"x");
    assert_eq!(make("shelf/book").status, 409);
    assert_eq!(desk.ask("DELETE", &object("other/")).status, 200);
}

#[test]
fn rights_of_an_object_are_read_and_set() {
    let desk = Desk::hcp();
    desk.store("k", b"x");
    let at = format!("{}/acl", object("k"));
    let told = desk.good("GET", &at);
    assert_eq!(told["owner"]["DisplayName"], "ada");
    let set = desk.tell(
        "PUT",
        &at,
        &json!({"Owner": told["owner"], "Grants": told["grants"]}),
    );
    assert_eq!(
        (set.status, set.json()),
        (200, json!({"status": "updated"}))
    );
    let bad = desk.tell("PUT", &at, &json!({"Grants": [{"Grantee": {"ID": "x"}}]}));
    assert_eq!(bad.status, 400, "{bad:?}");
    assert_eq!(
        desk.ask("GET", &format!("{}/acl", object("none"))).status,
        404
    );
}

#[test]
fn rest_and_the_s3_door_see_the_same() {
    let desk = Desk::hcp();
    let keys = desk.house.keys("research");
    desk.store("by rest", b"1");
    let got = desk
        .house
        .ask(&desk.house.get(&keys, &format!("/{BUCKET}/by%20rest")));
    assert_eq!(got.text(), "1");
    let put = desk.house.put(&keys, &format!("/{BUCKET}/by-s3"), "2");
    assert_eq!(desk.house.ask(&put).status, 200);
    assert_eq!(desk.ask("GET", &object("by-s3")).text(), "2");
}
