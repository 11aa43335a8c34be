//! Whoever is too slow, client or store, is given up in time, is told so where that is possible,
//! and leaves nothing behind.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use std::io::Write as _;

use house::{House, Keys, Plan, Upstream};

const LARGE: usize = 64 << 20;

/// A house that waits a second for its clients.
fn strict(upstream: &Upstream) -> House {
    Plan::before(upstream)
        .with("limits.read_timeout", "1s")
        .with("limits.write_timeout", "1s")
        .open()
}

#[test]
fn a_client_that_stops_in_its_body() {
    let upstream = Upstream::start();
    let house = strict(&upstream);
    let request = house.put(&Keys::configured(), "/data/k", vec![7; 100_000]);
    let bytes = request.bytes();
    let mut client = house.connect();
    client.send(&bytes[..bytes.len() / 2]);
    let mut peer = upstream.accept();
    let head = peer.head().expect("a head");
    assert_eq!(client.answer().error(), (400, "RequestTimeout".to_owned()));
    assert!(client.until_gone().is_empty());
    assert!(peer.body_of(&head).is_err());
}

#[test]
fn a_client_that_stops_in_a_document() {
    let upstream = Upstream::start();
    let house = strict(&upstream);
    let request = house.request("POST", "/data?delete=");
    let request = request.body("<Delete><Object><Key>k</Key></Object></Delete>");
    let bytes = Keys::configured().sign(request).bytes();
    let mut client = house.connect();
    client.send(&bytes[..bytes.len() - 10]);
    client.until_gone();
    assert!(upstream.is_left_alone());
}

#[test]
fn a_client_that_does_not_read() {
    let upstream = Upstream::start();
    let house = strict(&upstream);
    let mut client = house.connect();
    client.send(house.get(&Keys::configured(), "/data/k").bytes());
    let mut peer = upstream.accept();
    peer.request().expect("a request");
    peer.send(format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\n\r\n"
    ));
    // More than fits into all buffers on the way.
    assert!(peer.try_send(vec![7; LARGE]).is_err());
    // What the client would read now is no whole answer.
    assert!(client.try_answer("GET").is_err());
}

/// It may have answered instead of reading on, so the engine waits for that too.
#[test]
fn a_store_that_does_not_read() {
    let upstream = Upstream::start();
    let house = Plan::before(&upstream)
        .with("upstream.write_timeout", "1s")
        .with("upstream.read_timeout", "1s")
        .open();
    let request = house.put(&Keys::configured(), "/data/k", vec![7; LARGE]);
    let mut client = house.connect();
    let mut writer = client.writer();
    let writing = std::thread::spawn(move || writer.write_all(&request.bytes()));
    let _peer = upstream.accept();
    assert_eq!(
        client.answer().error(),
        (504, "ServiceUnavailable".to_owned())
    );
    drop(client);
    // Sent or not: the client has its answer.
    let _ = writing.join().expect("a thread that ends");
}

#[test]
fn a_store_that_stops_in_its_answer() {
    let upstream = Upstream::start();
    let house = Plan::before(&upstream)
        .with("upstream.read_timeout", "1s")
        .open();
    let (mut client, mut peer) = house.begin_download(&upstream);
    assert!(client.until_gone().is_empty());
    assert!(peer.until_gone().is_empty());
    let line = house
        .portico
        .lines_with(1, |line| line["path"] == "/data/k");
    assert_eq!(line[0]["aborted"], true, "{line:?}");
}

#[test]
fn a_client_that_asks_for_nothing_more() {
    let upstream = Upstream::start();
    let house = Plan::before(&upstream)
        .with("limits.idle_timeout", "1s")
        .open();
    let mut client = house.connect();
    for _ in 0..2 {
        // A request of the house's own, refused.
        assert_eq!(client.ask(&house.request("GET", "/data/k")).status, 403);
    }
    assert!(client.until_gone().is_empty());
}

/// What was kept for too long is closed, and nobody's exchange fails of it.
#[test]
fn a_store_that_is_asked_for_nothing_more() {
    let upstream = Upstream::start();
    let house = Plan::before(&upstream)
        .with("upstream.idle_timeout", "1s")
        .open();
    let mut client = house.connect();
    for _ in 0..2 {
        let ask = || house.get(&Keys::configured(), "/data/k").bytes();
        client.send(ask());
        let mut peer = upstream.accept();
        for _ in 0..3 {
            peer.request().expect("a request on the same connection");
            peer.answer_with("body");
            assert_eq!(client.answer().body, b"body");
            client.send(ask());
        }
        peer.request().expect("the last request");
        peer.answer_with("body");
        assert_eq!(client.answer().body, b"body");
        assert!(peer.until_gone().is_empty());
    }
}
