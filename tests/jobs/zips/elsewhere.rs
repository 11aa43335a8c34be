//! Two processes with one Redis and a disk each: the other has no file, and makes it again.

use portico_redis::testkit::Server;
use serde_json::json;

use super::clients::ready;
use super::{contents, failed, fetched, store, zip};
use crate::desk::Desk;
use crate::replicas::{first, second};

#[test]
fn an_archive_whose_file_is_elsewhere_is_made_again() {
    let redis = Server::start();
    let one = first(&redis);
    let made = store(&one.house, &[("p/a", 50_000), ("p/b.txt", 10)]);
    let task = zip(&one, &json!({"keys": ["p/a", "p/b.txt", "gone"]}));
    ready(&one, &task);
    let other = second(&redis, &one.house);
    let answer = fetched(&other, &task);
    assert_eq!(answer.header("x-zip-failed-keys"), Some("gone"));
    let mut told = contents(&answer.body);
    assert!(told.remove("FAILED.txt").is_some());
    assert_eq!(told, made);
    assert_eq!(task.ask(&one).status, 404);
}

#[test]
fn what_has_changed_since_is_told() {
    let redis = Server::start();
    let one = first(&redis);
    store(&one.house, &[("p/a", 50_000), ("p/b", 10)]);
    let task = zip(&one, &json!({"keys": ["p/a", "p/b"]}));
    ready(&one, &task);
    one.house.store().put("p/b", "another");
    let other = second(&redis, &one.house);
    let told = failed(&other, &task);
    let words =
        "The archive cannot be made again: object 'p/b' has changed since the archive was made";
    assert_eq!(told["error"], words);
    assert_eq!(told["failed_keys"], json!(["p/b"]));
}

#[test]
fn a_link_of_one_is_followed_at_the_other() {
    let redis = Server::start();
    let one = first(&redis);
    let made = store(&one.house, &[("a", 10)]);
    let order = json!({"keys": ["a"], "link": true});
    let link = one
        .tell("POST", &crate::task::below("download"), &order)
        .json();
    let other = second(&redis, &one.house);
    let follow = |desk: &Desk| {
        let url = link["url"].as_str().unwrap();
        desk.house.rest(crate::house::Request::new("GET", url))
    };
    assert_eq!(contents(&follow(&other).body), made);
    assert_eq!(follow(&one).status, 404);
}

#[test]
fn the_other_makes_and_serves_the_archive_of_one_that_was_killed() {
    let redis = Server::start();
    let mut one = first(&redis);
    let keys: Vec<_> = (0..60).map(|number| format!("k/{number:02}")).collect();
    let objects: Vec<_> = keys.iter().map(|key| (key.as_str(), 20_000)).collect();
    let made = store(&one.house, &objects);
    let slow = crate::faults::slow(300, "/data/k/", u32::MAX);
    one.house.store().add_fault(slow);
    let task = zip(&one, &json!({"keys": keys}));
    let begun = |answer: &crate::house::Answer| answer.json()["completed"].as_u64() >= Some(5);
    task.until(&one, begun);
    let other = second(&redis, &one.house);
    one.house.portico.end();
    one.house.store().clear_faults();
    assert_eq!(contents(&fetched(&other, &task).body), made);
    let log = other.house.portico.lines().join("\n");
    assert!(log.contains("taken again"), "the other has made it");
    // What the one has left behind goes when it starts again.
    assert_eq!(super::files(&one.house).len(), 1);
    one.house.crash();
    super::emptied(&one.house);
}
