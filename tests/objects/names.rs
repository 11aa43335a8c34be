//! Keys that hold anything.

use serde_json::json;

use crate::desk::{Desk, escaped, form, object, refusal};
use crate::house::{BUCKET, Plan};

const ODD: [&str; 14] = [
    "plain",
    "a/b//c",
    "/leading",
    "with space + plus",
    "q?a=b&c#d",
    "100%25%2F",
    "åäö/日本語/🎉",
    "quote\"'<>&",
    "back\\slash",
    "tab\tnew\nline",
    "delete",
    "a/acl/b",
    "download/x/y",
    "..dots../...",
];

#[test]
fn a_key_may_hold_anything() {
    let builder = hcp_simulator::Builder::default().folders(false);
    let desk = Desk::of(Plan::before_hcp_of(builder).open());
    for key in ODD.iter().filter(|key| **key != "delete") {
        desk.store(key, key.as_bytes());
    }
    for key in ODD.iter().filter(|key| **key != "delete") {
        let got = desk.ask("GET", &object(key));
        assert_eq!((got.status, got.text().as_str()), (200, *key), "{key:?}");
        assert_eq!(desk.ask("HEAD", &object(key)).status, 200, "{key:?}");
        assert_eq!(
            desk.house.store().object(key).unwrap(),
            key.as_bytes(),
            "{key:?}"
        );
        let from = json!({"source_bucket": BUCKET, "source_key": key});
        let copy = desk.tell("POST", &format!("{}/copy", object("copy of it")), &from);
        assert_eq!(copy.status, 200, "{key:?} {copy:?}");
        assert_eq!(
            desk.house.store().object("copy of it").unwrap(),
            key.as_bytes()
        );
        desk.good("DELETE", &object("copy of it"));
    }
    let listed = desk.good("GET", &format!("/{BUCKET}/objects"));
    let listed = listed["objects"].as_array().unwrap();
    let mut listed: Vec<_> = listed.iter().map(|o| o["Key"].as_str().unwrap()).collect();
    let mut stored: Vec<_> = ODD.into_iter().filter(|key| *key != "delete").collect();
    listed.sort_unstable();
    stored.sort_unstable();
    assert_eq!(listed, stored);
    for key in stored {
        desk.good("DELETE", &object(key));
        assert_eq!(desk.house.store().object(key), None, "{key:?}");
    }
}

#[test]
fn slashes_may_stand_bare_and_the_longest_key_fits() {
    let desk = Desk::hcp();
    desk.store("a/b/c", b"x");
    let at = format!("/{BUCKET}/objects/a/b/c");
    assert_eq!(desk.ask("GET", &at).text(), "x");
    let long = "å".repeat(1000) + &"x".repeat(95);
    desk.store(&long, b"long");
    assert_eq!(desk.ask("GET", &object(&long)).text(), "long");
    let longest = "ü".repeat(2047) + "x";
    assert_eq!(longest.len(), 4095);
    desk.store(&longest, b"longest");
    assert_eq!(desk.ask("GET", &object(&longest)).text(), "longest");
    let beyond = desk.upload(&object(&(longest + "xx")), b"");
    assert_eq!(beyond.status, 400, "{beyond:?}");
}

#[test]
fn what_can_be_no_key_is_refused() {
    let desk = Desk::hcp();
    let at = |rest: &str| format!("/{BUCKET}/objects/{rest}");
    assert_eq!(desk.ask("GET", &at("")).status, 400);
    assert_eq!(desk.ask("GET", &at("%FF")).status, 400);
    assert_eq!(desk.ask("GET", &at("a%00b")).status, 400);
    // AWS's client takes a key of blanks alone for none.
    let blank = desk.upload(&object(" \u{a0}"), b"x");
    assert_eq!(blank.status, 400, "{blank:?}");
    let (status, words) = refusal(&desk.ask("PATCH", &at("k")));
    assert_eq!((status, words.as_str()), (405, "Method Not Allowed"));
    let put = desk.ask("PUT", &at("k"));
    assert_eq!(
        (put.status, put.header("allow")),
        (405, Some("GET, HEAD, POST, DELETE"))
    );
    let job = desk.tell("POST", &at("delete-task"), &json!({}));
    assert_eq!(job.status, 400, "an order of nothing");
    assert_eq!(desk.house.store().object("delete-task"), None);
}

/// Whether the contract takes the end of a key, or all of it, for something else.
fn is_taken(key: &str) -> bool {
    let words = [
        "delete",
        "folder",
        "presign",
        "download",
        "delete-task",
        "s3_stats",
    ];
    let begins = ["download/", "delete-task/", "s3_stats/"];
    // AWS's client has none of blanks alone; see `what_can_be_no_key_is_refused`. HCP has not these two.
    key.trim().is_empty()
        || matches!(key, "." | "/")
        || words.contains(&key)
        || key.ends_with("/copy")
        || key.ends_with("/acl")
        || begins.iter().any(|begin| key.starts_with(begin))
}

#[test]
fn whatever_the_key_it_survives_its_whole_life() {
    let builder = hcp_simulator::Builder::default().folders(false);
    let desk = Desk::of(Plan::before_hcp_of(builder).open());
    let config = proptest::test_runner::Config {
        cases: 48,
        failure_persistence: None,
        ..Default::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let keys = "[a-c/ +%?#&=.~å\\n\\t\"<🎉\\\\]{1,24}|\\PC{1,40}";
    let lives = |key: String| {
        if is_taken(&key) {
            return Ok(());
        }
        desk.store(&key, key.as_bytes());
        let listed = desk.good("GET", &format!("/{BUCKET}/objects"));
        assert_eq!(listed["objects"][0]["Key"], key.as_str());
        assert_eq!(desk.ask("HEAD", &object(&key)).status, 200, "{key:?}");
        assert_eq!(desk.ask("GET", &object(&key)).body, key.as_bytes());
        let from = json!({"source_bucket": BUCKET, "source_key": key});
        let copy = desk.tell("POST", &format!("{}/copy", object("~the copy")), &from);
        assert_eq!(copy.status, 200, "{key:?} {copy:?}");
        let both = json!({"keys": [key, "~the copy"]});
        let gone = desk.tell("POST", &format!("/{BUCKET}/objects/delete"), &both);
        assert_eq!(gone.json()["deleted"], 2, "{key:?} {gone:?}");
        assert_eq!(desk.house.store().object(&key), None, "{key:?}");
        Ok(())
    };
    runner.run(&keys, lives).unwrap();
}

/// XML has no such characters, and the store writes them all the same.
#[test]
fn control_characters_go_through_documents() {
    let desk = Desk::hcp();
    let key = "a\u{1}b\u{1d}\u{7f}";
    let path = format!("/{BUCKET}/multipart/{}", escaped(key));
    let begun = desk.good("POST", &path);
    let open = desk.good("GET", &format!("/{BUCKET}/uploads"));
    assert_eq!(open["uploads"][0]["Key"], key);
    let (kind, body) = form("file", b"x");
    let upload = begun["upload_id"].as_str().unwrap();
    let request = desk.request("PUT", &format!("{path}?upload_id={upload}&part_number=1"));
    let sent = desk
        .house
        .rest(request.header("content-type", kind).body(body));
    assert_eq!(sent.status, 200, "{sent:?}");
    desk.good("GET", &format!("{path}/parts?upload_id={upload}"));
    let parts = json!([{"PartNumber": 1, "ETag": sent.json()["etag"]}]);
    let document = json!({"upload_id": upload, "parts": parts});
    let done = desk.tell("POST", &format!("{path}/complete"), &document);
    assert_eq!(
        (done.status, &done.json()["key"]),
        (200, &json!(key)),
        "{done:?}"
    );
    let listed = desk.good("GET", &format!("/{BUCKET}/objects"));
    assert_eq!(listed["objects"][0]["Key"], key);
    let xml = "<a>\u{1}\u{1d}</a>";
    let request = desk.request("POST", &object("x.xml"));
    let stored = desk
        .house
        .rest(request.header("content-type", "application/xml").body(xml));
    assert_eq!(stored.status, 201, "{stored:?}");
    assert_eq!(
        desk.ask("GET", &object("x.xml")).text(),
        xml,
        "objects are no documents"
    );
    let both = json!({"keys": [key, "x.xml"]});
    let gone = desk.tell("POST", &format!("/{BUCKET}/objects/delete"), &both);
    assert_eq!(gone.json()["deleted"], 2, "{gone:?}");
}
