//! One fetch for many, readers who leave, answers that break off or are too long.

use std::thread;

use hcp_simulator::{Fault, Trouble};
use http::Method;

use super::house::Upstream;
use super::{House, Keys, Plan, Reader, Request, keeping};

#[test]
fn one_fetch_serves_all_who_wait() {
    let house = keeping().open();
    house.store().put("k", b"twelve bytes");
    let reader = Reader::new(&house, "research");
    let slow = Fault::new(Trouble::Latency { millis: 700 }).method(&Method::HEAD);
    house.store().add_fault(slow.times(8));
    house.store().clear_requests();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(reader.ask("HEAD /k").status, 200));
        }
    });
    assert_eq!(house.store().arrived().len(), 1);
}

/// A store that answers when the story says so, and how to ask for the head of an object in it.
fn bare(upstream: &Upstream) -> (House, impl Fn(&House) -> Request) {
    let house = Plan::before(upstream).with("cache.enabled", true).open();
    let head = |house: &House| Keys::configured().sign(house.request("HEAD", "/data/k"));
    (house, head)
}

fn has(length: usize) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")
}

#[test]
fn a_reader_who_leaves_does_not_end_the_fetch() {
    let upstream = Upstream::start();
    let (house, head) = bare(&upstream);
    let mut leaver = house.connect();
    leaver.send(head(&house).bytes());
    let mut peer = upstream.accept();
    peer.request().expect("a fetch");
    drop(leaver);
    // Its leaving was noticed.
    house
        .portico
        .lines_with(1, |line| line["path"] == "/data/k");
    peer.send(has(12));
    let answer = house.ask(&head(&house));
    assert_eq!(answer.header("content-length"), Some("12"));
    assert!(upstream.is_left_alone(), "fetched once");
}

#[test]
fn a_write_while_readers_wait_is_not_overtaken() {
    let upstream = Upstream::start();
    let (house, head) = bare(&upstream);
    let mut waiting = house.connect();
    waiting.send(head(&house).bytes());
    let mut before = upstream.accept();
    before.request().expect("a fetch");
    // Read before the write, told after it.
    let mut writer = house.connect();
    writer.send(house.put(&Keys::configured(), "/data/k", "words").bytes());
    let mut peer = upstream.accept();
    peer.request().expect("a write");
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    assert_eq!(writer.answer().status, 200);
    before.send(has(12));
    assert_eq!(waiting.answer_to("HEAD").status, 200);
    let mut reader = house.connect();
    reader.send(head(&house).bytes());
    let mut after = upstream.accept();
    after.request().expect("a fetch of what is there now");
    after.send(has(5));
    let answer = reader.answer_to("HEAD");
    assert_eq!(answer.header("content-length"), Some("5"));
}

#[test]
fn what_breaks_off_is_not_kept() {
    let house = keeping().open();
    house.store().put("k", b"twelve bytes");
    let reader = Reader::new(&house, "research");
    let cut = Fault::new(Trouble::CutResponse { after: 20 }).method(&Method::GET);
    house.store().add_fault(cut);
    let mut client = house.connect();
    client.send(
        reader
            .keys
            .sign(reader.request("GET .?list-type=2"))
            .bytes(),
    );
    let answer = client.try_answer("GET");
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status == 502));
    assert!(!reader.is_kept("GET .?list-type=2"));
    assert!(reader.is_kept("GET .?list-type=2"));
}

#[test]
fn what_is_too_long_goes_through_whole() {
    let house = keeping().with("cache.max_entry", "2 KiB").open();
    let reader = Reader::new(&house, "research");
    for number in 0..40 {
        house
            .store()
            .put(&format!("an-object-with-a-rather-long-name-{number}"), b"x");
    }
    for _ in 0..2 {
        assert!(!reader.is_kept("GET .?list-type=2"));
    }
    let listed = reader.ask("GET .?list-type=2").text();
    assert_eq!(listed.matches("<Key>").count(), 40);
    assert!(listed.ends_with("</ListBucketResult>") || listed.trim_end().ends_with('>'));
    assert!(!reader.is_kept("HEAD ."));
    assert!(reader.is_kept("HEAD ."));
}
