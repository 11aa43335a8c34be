//! A head and a small body leave in one piece, to the store as to the client: each piece more is a
//! system call here and a wake-up there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use house::{House, Keys, Upstream};

const SMALL: &str = "small";

#[test]
fn an_upload_reaches_the_store_in_one_piece() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let (keys, body) = (Keys::configured(), SMALL.repeat(200));
    let mut client = house.connect();
    let request = house.put(&keys, "/data/small", body.as_str());
    client.send(request.bytes());
    let mut peer = upstream.accept();
    for again in [false, true] {
        let piece = String::from_utf8(peer.piece()).unwrap();
        assert!(piece.starts_with("PUT /data/small "), "{again}: {piece}");
        assert!(piece.ends_with(&body), "{again}: {piece}");
        peer.answer_with("");
        assert_eq!(client.answer().status, 200);
        if !again {
            // On the connection that was kept.
            client.send(request.bytes());
        }
    }
}

/// Whoever sends a head alone has it passed on alone.
#[test]
fn a_head_waits_for_no_body() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let mut client = house.connect();
    let request = house.put(&Keys::configured(), "/data/small", SMALL).bytes();
    let (head, body) = request.split_at(request.len() - SMALL.len());
    client.send(head);
    let mut peer = upstream.accept();
    let piece = String::from_utf8(peer.piece()).unwrap();
    assert!(piece.ends_with("\r\n\r\n"), "{piece}");
    client.send(body);
    assert_eq!(peer.piece(), SMALL.as_bytes());
    peer.answer_with("");
    assert_eq!(client.answer().status, 200);
}

#[test]
fn an_answer_reaches_the_client_in_one_piece() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let mut client = house.connect();
    client.send(house.get(&Keys::configured(), "/data/small").bytes());
    let body = SMALL.repeat(1000);
    upstream.accept().answer_with(&body);
    let piece = String::from_utf8(client.piece()).unwrap();
    assert!(
        piece.starts_with("HTTP/1.1 200 ") && piece.ends_with(&body),
        "{piece}"
    );
}
