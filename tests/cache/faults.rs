//! One fetch for many, readers who leave, answers that break off or are too long.

use std::thread;

use hcp_simulator::{Fault, Trouble};
use http::Method;

use super::{Reader, keeping};

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

#[test]
fn a_reader_who_leaves_does_not_end_the_fetch() {
    let house = keeping().open();
    house.store().put("k", b"twelve bytes");
    let reader = Reader::new(&house, "research");
    let slow = Fault::new(Trouble::Latency { millis: 300 }).method(&Method::HEAD);
    house.store().add_fault(slow);
    let mut leaver = house.connect();
    leaver.send(reader.keys.sign(reader.request("HEAD /k")).bytes());
    thread::sleep(std::time::Duration::from_millis(100));
    drop(leaver);
    thread::sleep(std::time::Duration::from_millis(500));
    assert!(reader.is_kept("HEAD /k"));
}

#[test]
fn a_write_while_readers_wait_is_not_overtaken() {
    let house = keeping().open();
    house.store().put("k", b"twelve bytes");
    let reader = Reader::new(&house, "research");
    // Read before the write, told after it.
    let slow = Fault::new(Trouble::Latency { millis: 500 }).method(&Method::HEAD);
    house.store().add_fault(slow);
    thread::scope(|scope| {
        let first = scope.spawn(|| reader.ask("HEAD /k").status);
        thread::sleep(std::time::Duration::from_millis(150));
        assert_eq!(
            reader.send(reader.request("PUT /k").body("words")).status,
            200
        );
        assert_eq!(reader.ask("HEAD /k").header("content-length"), Some("5"));
        assert_eq!(first.join().unwrap(), 200);
    });
    assert_eq!(reader.ask("HEAD /k").header("content-length"), Some("5"));
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
