//! The life of an archive on the wire, as the contract has it.

use serde_json::{Value, json};

use super::{contents, fetched, files, store, zip};
use crate::desk::{Desk, refusal};
use crate::house::{BUCKET, Plan};
use crate::task::{below, stepping};

#[test]
fn an_archive_is_made_told_of_and_fetched_once() {
    let desk = Desk::of(stepping().open());
    let made = store(
        &desk.house,
        &[("a/1", 300_000), ("a/2 ö.txt", 10), ("b", 0)],
    );
    let order = json!({"keys": ["a/1", "a/2 ö.txt", "b"]});
    let begun = desk.tell("POST", &below("download"), &order);
    assert_eq!(begun.status, 202, "{begun:?}");
    let told = begun.json();
    let id = told["task_id"].as_str().unwrap();
    let wanted = json!({
        "task_id": id, "status": "processing", "total": 3, "completed": 0, "failed": 0,
        "failed_keys": [], "bytes": 0, "total_bytes": 0, "error": null,
    });
    assert_eq!(told, wanted);
    let path = below(&format!("download/{id}"));
    let task = crate::task::Task {
        path,
        id: id.to_owned(),
    };
    let answer = fetched(&desk, &task);
    let name = format!("attachment; filename=\"{BUCKET}-objects.zip\"");
    assert_eq!(answer.header("content-disposition"), Some(name.as_str()));
    assert_eq!(answer.header("x-zip-failed"), Some("0"));
    assert_eq!(answer.header("x-zip-failed-keys"), Some(""));
    assert_eq!(answer.header("accept-ranges"), Some("bytes"));
    assert!(answer.header("etag").is_some() && answer.header("last-modified").is_some());
    let length = answer.body.len().to_string();
    assert_eq!(answer.header("content-length"), Some(length.as_str()));
    assert_eq!(contents(&answer.body), made);
    let again = task.ask(&desk);
    assert_eq!(refusal(&again), (404, "Task not found".to_owned()));
    assert_eq!(files(&desk.house), [""; 0]);
}

#[test]
fn a_prefix_counts_before_keys_and_folders_become_folders() {
    let desk = Desk::of(stepping().open());
    let mut made = store(&desk.house, &[("f/g/1", 10), ("f/2", 20), ("other", 5)]);
    let begun = zip(&desk, &json!({"prefix": "f/", "keys": ["other"]}));
    made.remove("other");
    for folder in ["f/", "f/g/"] {
        made.insert(folder.to_owned(), Vec::new());
    }
    assert_eq!(contents(&fetched(&desk, &begun).body), made);
    // HCP answers 404 to whoever fetches a folder; nobody has.
    let asked = desk.house.store().arrived();
    let asked = asked
        .iter()
        .filter(|request| request.method == "GET" && request.path.ends_with('/'));
    assert!(
        asked
            .filter(|request| request.path.len() > "/data/".len())
            .count()
            == 0
    );
    let all = zip(&desk, &json!({"prefix": ""}));
    assert_eq!(contents(&fetched(&desk, &all).body).len(), 5);
    let named = zip(&desk, &json!({"keys": ["f/g/", "nothing/"]}));
    let answer = fetched(&desk, &named);
    assert_eq!(answer.header("x-zip-failed-keys"), Some("nothing/"));
    assert!(contents(&answer.body).contains_key("f/g/"));
}

#[test]
fn what_cannot_be_had_is_told_in_headers_and_in_the_archive() {
    let desk = Desk::of(stepping().open());
    store(&desk.house, &[("a", 10)]);
    let task = zip(&desk, &json!({"keys": ["a", "gone,å", "FAILED.txt"]}));
    let answer = fetched(&desk, &task);
    assert_eq!(answer.header("x-zip-failed"), Some("2"));
    let keys = Some("gone%2C%C3%A5,FAILED.txt");
    assert_eq!(answer.header("x-zip-failed-keys"), keys);
    let told = contents(&answer.body);
    let list = String::from_utf8(told["FAILED (2).txt"].clone()).unwrap();
    assert!(list.contains("gone,å\tobject 'gone,å': "), "{list}");
    assert_eq!(told.len(), 2);
}

#[test]
fn a_bucket_that_is_not_there_fails_every_key() {
    let desk = Desk::hcp();
    let order = json!({"keys": ["a", "b"]});
    let begun = desk.tell("POST", "/nothing/objects/download", &order);
    let id = begun.json()["task_id"].as_str().unwrap().to_owned();
    let path = format!("/nothing/objects/download/{id}");
    let answer = fetched(&desk, &crate::task::Task { path, id });
    assert_eq!(answer.header("x-zip-failed"), Some("2"));
}

#[test]
fn events_tell_of_objects_and_bytes() {
    let desk = Desk::of(stepping().open());
    store(&desk.house, &[("a", 1000), ("b", 2000)]);
    let task = zip(&desk, &json!({"prefix": ""}));
    let events = desk.ask("GET", &format!("{}/events", task.path));
    let text = events.text();
    let last = text
        .lines()
        .rfind(|line| line.starts_with("data:"))
        .unwrap();
    let last: Value = serde_json::from_str(&last["data:".len()..]).unwrap();
    for (name, value) in [
        ("total", 2),
        ("completed", 2),
        ("bytes", 3000),
        ("total_bytes", 3000),
    ] {
        assert_eq!(last[name], value, "{name}");
    }
    assert_eq!(last["status"], "ready");
}

#[test]
fn an_archive_that_is_kept_can_be_had_in_parts_until_it_expires() {
    let plan = stepping()
        .with("jobs.keep_zip", true)
        .with("jobs.kept", "3s");
    let desk = Desk::of(plan.open());
    let made = store(&desk.house, &[("a", 100_000)]);
    let task = zip(&desk, &json!({"keys": ["a"]}));
    let whole = fetched(&desk, &task);
    let tag = whole.header("etag").unwrap().to_owned();
    let part = |range: &str| {
        let request = desk.request("GET", &task.path).header("range", range);
        desk.house.rest(request.header("if-range", &tag))
    };
    let first = part("bytes=0-69999");
    assert_eq!((first.status, first.body.len()), (206, 70_000));
    let range = format!("bytes 70000-{}/{0}", whole.body.len());
    let rest = part("bytes=70000-");
    let end = whole.body.len() - 1;
    assert_ne!(range, "");
    let told = format!("bytes 70000-{end}/{}", whole.body.len());
    assert_eq!(rest.header("content-range"), Some(told.as_str()));
    assert_eq!(contents(&[first.body, rest.body].concat()), made);
    let several = part("bytes=0-1,-2");
    assert_eq!(several.status, 206);
    assert!(
        several
            .header("content-type")
            .unwrap()
            .starts_with("multipart/byteranges")
    );
    assert_eq!(part("bytes=900000-").status, 416);
    task.until(&desk, |answer| answer.status == 404);
}

#[test]
fn nobody_else_knows_of_an_archive() {
    let desk = Desk::of(Plan::hcp().with("jobs.keep_zip", true).open());
    store(&desk.house, &[("a", 10)]);
    let task = zip(&desk, &json!({"keys": ["a"]}));
    fetched(&desk, &task);
    let token = desk.house.login("archive");
    let wrong = desk
        .house
        .token("username=ada&password=wrong&tenant=research");
    for token in [token, wrong] {
        let request = desk.request("GET", &task.path);
        let answer = desk
            .house
            .rest(request.instead("authorization", format!("Bearer {token}")));
        assert_eq!(refusal(&answer), (404, "Task not found".to_owned()));
    }
}
