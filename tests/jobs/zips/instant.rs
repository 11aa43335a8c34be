//! Archives that are sent while they are made.

use std::time::{Duration, Instant};

use hcp_simulator::{Fault, Trouble};
use serde_json::json;

use super::{contents, files, noise, store};
use crate::desk::Desk;
use crate::house::{Answer, BUCKET, Connection, HASH, PATIENCE, Plan, Request, rule, user};
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
    let client = begun(&desk, &json!({"keys": ["large"], "stream": true}));
    let second = streamed(&desk, json!({"keys": ["large"]}));
    assert_eq!(second.status, 429, "{second:?}");
    assert!(second.header("retry-after").is_some());
    drop(client);
    store(&desk.house, &[("small", 10)]);
    until(|| streamed(&desk, json!({"keys": ["small"]})).status == 200);
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

/// How many archives have ended so, this way.
fn ended(desk: &Desk, way: &str, outcome: &str) -> u64 {
    let name = "portico_instant_archives_total";
    let line = format!("{name}{{outcome=\"{outcome}\",way=\"{way}\"}} ");
    figure(desk, &line)
}

fn figure(desk: &Desk, line: &str) -> u64 {
    let metrics = desk.house.admin(Request::new("GET", "/metrics")).text();
    let found = metrics.lines().find_map(|each| each.strip_prefix(line));
    let found = found.unwrap_or_else(|| panic!("no {line} in {metrics}"));
    found.parse().unwrap()
}

#[test]
fn metrics_tell_how_archives_have_ended() {
    let desk = Desk::hcp();
    store(&desk.house, &[("a", 300_000), ("b", 10)]);
    desk.house.store().put("large", noise("large", 32 << 20));
    let whole = streamed(&desk, json!({"keys": ["a", "b"]})).body.len();
    let bytes = |way| {
        figure(
            &desk,
            &format!("portico_instant_archives_bytes_total{{way=\"{way}\"}} "),
        )
    };
    until(|| ended(&desk, "stream", "finished") == 1);
    assert_eq!(bytes("stream"), whole as u64);
    let order = json!({"keys": ["a", "b"], "link": true});
    let link = desk.tell("POST", &below("download"), &order).json();
    let url = link["url"].as_str().unwrap();
    let head = Request::new("HEAD", url).header("host", desk.house.api);
    let mut client = Connection::open(desk.house.api);
    client.send(head.bytes());
    assert_eq!(client.answer_to("HEAD").status, 200);
    assert_eq!(desk.house.rest(Request::new("GET", url)).status, 200);
    until(|| ended(&desk, "link", "finished") == 1);
    assert_eq!(bytes("link"), whole as u64);
    drop(begun(&desk, &json!({"keys": ["large"], "stream": true})));
    until(|| ended(&desk, "stream", "left") == 1);
    let gone = Trouble::Status {
        status: 404,
        message: None,
    };
    let gone = Fault::new(gone).method(&http::Method::GET).path("/data/b");
    desk.house.store().add_fault(gone);
    begun(&desk, &json!({"keys": ["a", "b"], "stream": true})).until_gone();
    until(|| ended(&desk, "stream", "broken") == 1);
    assert_eq!(
        figure(
            &desk,
            "portico_instant_archives_started_total{way=\"stream\"} "
        ),
        3
    );
    assert_eq!(
        figure(
            &desk,
            "portico_instant_archives_started_total{way=\"link\"} "
        ),
        1
    );
    assert_eq!(
        (ended(&desk, "link", "left"), ended(&desk, "link", "broken")),
        (0, 0)
    );
}

/// An archive whose head and first bytes have come.
fn begun(desk: &Desk, order: &serde_json::Value) -> Connection {
    let request = desk.request("POST", &below("download")).header("host", "x");
    let request = request.header("content-type", "application/json");
    let mut client = Connection::open(desk.house.api);
    client.send(request.body(order.to_string()).bytes());
    client.head().unwrap();
    client.exactly(1000).unwrap();
    client
}

fn until(is_so: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "in vain");
        std::thread::sleep(Duration::from_millis(20));
    }
}
