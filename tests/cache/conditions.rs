//! What a client may say of a kept answer: conditions, and that it wants none.

use super::{House, Reader, keeping};

fn open() -> House {
    let house = keeping().open();
    house.store().put("k", b"twelve bytes");
    house
}

#[test]
fn conditions_are_held_against_what_is_kept() {
    let house = open();
    let reader = Reader::new(&house, "research");
    let head = reader.ask("HEAD /k");
    let (etag, modified) = (head.header("etag"), head.header("last-modified"));
    let (etag, modified) = (etag.unwrap().to_owned(), modified.unwrap().to_owned());
    house.store().clear_requests();
    for (name, value, status) in [
        ("if-none-match", etag.as_str(), 304),
        ("if-none-match", "\"other\"", 200),
        ("if-match", "\"other\"", 412),
        ("if-match", &etag, 200),
        ("if-modified-since", &modified, 304),
    ] {
        let asked = reader.request("HEAD /k").header(name, value);
        let answer = reader.send(asked);
        assert_eq!(answer.status, status, "{name}: {value}");
        assert!(answer.header("age").is_some());
    }
    assert!(house.store().arrived().is_empty());
}

#[test]
fn a_condition_does_not_decide_what_is_kept() {
    let house = open();
    let reader = Reader::new(&house, "research");
    let first = reader.request("HEAD /k").header("if-none-match", "*");
    assert_eq!(reader.send(first).status, 304);
    assert!(reader.is_kept("HEAD /k"));
    assert_eq!(reader.ask("HEAD /k").header("content-length"), Some("12"));
}

#[test]
fn a_client_may_want_a_fresh_answer() {
    let house = open();
    let reader = Reader::new(&house, "research");
    let length = |control: &str| {
        let request = reader.request("HEAD /k").header("cache-control", control);
        let answer = reader.send(request);
        answer.header("content-length").unwrap().to_owned()
    };
    assert_eq!(length("max-age=60"), "12");
    house.store().put("k", b"behind our back");
    assert_eq!(length("max-age=60"), "12");
    assert_eq!(length("no-store"), "15");
    assert_eq!(
        length("max-age=60"),
        "12",
        "no-store leaves what is kept alone"
    );
    assert_eq!(length("no-cache"), "15");
    assert_eq!(length("max-age=60"), "15", "no-cache renews it");
}

#[test]
fn a_switched_off_cache_is_not_there() {
    let house = keeping().with("cache.enabled", false).open();
    let reader = Reader::new(&house, "research");
    for _ in 0..2 {
        house.store().clear_requests();
        let answer = reader.ask("GET");
        assert_eq!((answer.status, answer.header("cache-status")), (200, None));
        assert_eq!(house.store().arrived().len(), 1);
    }
}
