//! Archives that are sent while they are made.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{contents, files, noise, store};
use crate::desk::Desk;
use crate::house::{Answer, BUCKET, Connection, HASH, PATIENCE, Plan, rule, user};
use crate::task::below;

fn streamed(desk: &Desk, mut order: serde_json::Value) -> Answer {
    order["stream"] = true.into();
    desk.tell("POST", &below("download"), &order)
}

#[test]
fn the_answer_is_the_archive_with_its_length() {
    let everything = user("ada", HASH, vec![rule(&["*"], &[], false)]);
    let shared = Plan::shared().users(vec![everything]);
    for desk in [Desk::hcp(), Desk::hcp10(), Desk::shared(shared)] {
        let mut made = store(
            &desk.house,
            &[("a/1", 300_000), ("a/b/2 ö", 10), ("a/3", 0)],
        );
        for order in [
            json!({"prefix": "a/"}),
            json!({"keys": ["a/1", "a/b/2 ö", "a/3", "a/", "a/b/"]}),
        ] {
            let answer = streamed(&desk, order);
            assert_eq!(answer.status, 200, "{answer:?}");
            assert_eq!(answer.header("content-type"), Some("application/zip"));
            let name = format!("attachment; filename=\"{BUCKET}-objects.zip\"");
            assert_eq!(answer.header("content-disposition"), Some(name.as_str()));
            let length = answer.body.len().to_string();
            assert_eq!(answer.header("content-length"), Some(length.as_str()));
            made.extend(["a/", "a/b/"].map(|folder| (folder.to_owned(), Vec::new())));
            assert_eq!(contents(&answer.body), made);
        }
        assert_eq!(files(&desk.house), [""; 0]);
    }
}

#[test]
fn what_is_not_there_is_refused_before_anything_is_sent() {
    let desk = Desk::hcp();
    store(&desk.house, &[("a", 10)]);
    let answer = streamed(&desk, json!({"keys": ["a", "gone"]}));
    assert_eq!(answer.status, 404, "{answer:?}");
    assert!(answer.text().contains("object 'gone'"));
}

#[test]
fn a_client_that_leaves_frees_everything() {
    let plan = Plan::hcp().with("jobs.streams_per_user", 1);
    let desk = Desk::of(plan.open());
    desk.house.store().put("large", noise("large", 32 << 20));
    let order = json!({"keys": ["large"], "stream": true}).to_string();
    let request = desk.request("POST", &below("download")).header("host", "x");
    let request = request
        .header("content-type", "application/json")
        .body(order);
    let mut client = Connection::open(desk.house.api);
    client.send(request.bytes());
    client.head().unwrap();
    client.exactly(1000).unwrap();
    let second = streamed(&desk, json!({"keys": ["large"]}));
    assert_eq!(second.status, 429, "{second:?}");
    assert!(second.header("retry-after").is_some());
    drop(client);
    let end = Instant::now() + PATIENCE;
    store(&desk.house, &[("small", 10)]);
    while streamed(&desk, json!({"keys": ["small"]})).status != 200 {
        assert!(Instant::now() < end, "the turn never ends");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn memory_stays_flat_whatever_is_in_it() {
    let desk = Desk::of(Plan::hcp().open());
    let bytes = noise("large", 32 << 20);
    for key in ["a", "b", "c"] {
        desk.house.store().put(key, &bytes);
    }
    store(&desk.house, &[("small", 10)]);
    streamed(&desk, json!({"keys": ["small"]}));
    let before = desk.house.portico.peak();
    let answer = streamed(&desk, json!({"keys": ["a", "b", "c"]}));
    assert!(answer.body.len() > 96 << 20);
    let more = desk.house.portico.peak() - before;
    assert!(more < 40 << 20, "{more} bytes more");
}
