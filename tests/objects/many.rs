//! Deleting and linking many at once.

use hcp_simulator::{Fault, Trouble};
use serde_json::{Value, json};

use crate::desk::{Desk, object, refusal};
use crate::house::{BUCKET, Request};

fn delete(desk: &Desk, document: &Value) -> Value {
    let answer = desk.tell("POST", &format!("/{BUCKET}/objects/delete"), document);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn keys(desk: &Desk) -> Vec<String> {
    let listed = desk.good("GET", &format!("/{BUCKET}/objects"));
    let objects = listed["objects"].as_array().unwrap().iter();
    objects
        .map(|object| object["Key"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn keys_and_prefixes_are_deleted_folders_last() {
    for desk in [Desk::hcp(), Desk::hcp10()] {
        for key in ["a/b/1", "a/b/2", "a/3", "b", "c +&<"] {
            desk.store(key, b"x");
        }
        let told = delete(&desk, &json!({"keys": ["c +&<", "never was"]}));
        assert_eq!(
            told,
            json!({"status": "deleted", "deleted": 2, "errors": []})
        );
        assert_eq!(keys(&desk), ["a/", "a/3", "a/b/", "a/b/1", "a/b/2", "b"]);
        let told = delete(&desk, &json!({"prefix": "a/"}));
        assert_eq!(
            told,
            json!({"status": "deleted", "deleted": 5, "errors": []})
        );
        assert_eq!(keys(&desk), ["b"]);
        assert_eq!(delete(&desk, &json!({}))["deleted"], 0);
        assert_eq!(delete(&desk, &json!({"prefix": ""}))["deleted"], 1);
        assert!(keys(&desk).is_empty());
    }
}

#[test]
fn more_than_a_page_is_deleted() {
    let desk = Desk::hcp();
    for number in 0..1003 {
        desk.house.store().put(&format!("many/{number:04}"), b"x");
    }
    let all: Vec<_> = (0..1003)
        .map(|number| format!("many/{number:04}"))
        .collect();
    let told = delete(&desk, &json!({"keys": all[..1001], "prefix": "many/"}));
    assert_eq!(told["deleted"], 1001 + 3);
    assert!(keys(&desk).is_empty());
}

#[test]
fn what_could_not_be_deleted_is_told() {
    let desk = Desk::hcp();
    desk.store("folder/k", b"x");
    let told = delete(&desk, &json!({"keys": ["folder/"]}));
    assert_eq!(
        (&told["deleted"], &told["errors"][0]["Key"]),
        (&json!(0), &json!("folder/"))
    );
    assert!(
        !told["errors"][0]["Code"].as_str().unwrap().is_empty(),
        "{told}"
    );
    let status = Trouble::Status {
        status: 503,
        message: None,
    };
    desk.house
        .store()
        .add_fault(Fault::new(status).path("delete"));
    let answer = desk.tell(
        "POST",
        &format!("/{BUCKET}/objects/delete"),
        &json!({"keys": ["k"]}),
    );
    assert_eq!(answer.status, 503, "{answer:?}");
    let empty = desk.tell(
        "POST",
        &format!("/{BUCKET}/objects/delete"),
        &json!({"keys": [""]}),
    );
    assert_eq!(empty.status, 400);
}

#[test]
fn links_open_what_they_are_for() {
    let desk = Desk::of(
        crate::house::Plan::hcp()
            .with("auth.public_s3_url", "http://s3.test")
            .open(),
    );
    desk.store("a b/c", b"linked");
    let at = format!("/{BUCKET}/objects/presign");
    let answer = desk.tell(
        "POST",
        &at,
        &json!({"keys": ["a b/c", "", "other"], "expires_in": 60}),
    );
    let told = answer.json();
    assert_eq!(
        (answer.status, &told["expires_in"]),
        (200, &json!(60)),
        "{told}"
    );
    let urls = told["urls"].as_array().unwrap();
    assert_eq!(
        (urls.len(), &urls[0]["key"], &urls[1]["key"]),
        (2, &json!("a b/c"), &json!("other"))
    );
    let url = urls[0]["url"].as_str().unwrap();
    let target = url.strip_prefix("http://s3.test").unwrap();
    let got = desk
        .house
        .ask(&Request::new("GET", target).header("host", "s3.test"));
    assert_eq!(got.text(), "linked", "{got:?}");
    let none = desk.tell(
        "POST",
        &at,
        &json!({"keys": ["a"], "method": "explode_object"}),
    );
    assert_eq!((none.status, &none.json()["urls"]), (200, &json!([])));
    let few = desk.tell("POST", &at, &json!({"keys": []}));
    assert_eq!(few.json()["detail"][0]["type"], "too_short");
    let long = desk.tell("POST", &at, &json!({"keys": ["a"], "expires_in": 604_801}));
    assert_eq!(long.json()["detail"][0]["type"], "less_than_equal");
    let (status, _) = refusal(&desk.ask("GET", &object("presign")));
    assert_eq!(status, 404, "to read it is a key like any other");
}
