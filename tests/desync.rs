//! Bytes that a store sends beyond its answer never become the answer to somebody else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use house::{Connection, House, Keys, Peer, Upstream};

/// What one exchange must never see of another.
const SECRET: &str = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret";

/// Sends a request and takes the connection that it comes on.
fn begin(house: &House, upstream: &Upstream, method: &str) -> (Connection, Peer) {
    let request = house.request(method, "/data/first");
    let mut client = house.connect();
    client.send(Keys::configured().sign(request).bytes());
    let mut peer = upstream.accept();
    peer.request().expect("a request");
    (client, peer)
}

/// The next requests, of the same client and of another, get their own answers.
#[track_caller]
fn nothing_is_left(house: &House, upstream: &Upstream, client: Connection, what: &str) {
    for mut client in [client, house.connect()] {
        client.send(house.get(&Keys::configured(), "/data/next").bytes());
        let mut fresh = upstream.accept();
        fresh.request().expect("a request on a fresh connection");
        fresh.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnext");
        assert_eq!(client.answer().text(), "next", "{what:?}");
    }
}

#[test]
fn two_answers_to_one_request() {
    for (method, answer, body) in [
        ("GET", "200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello"),
        (
            "GET",
            "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            "hello",
        ),
        ("GET", "200 OK\r\nContent-Length: 0\r\n\r\n", ""),
        ("DELETE", "204 No Content\r\n\r\n", ""),
        ("GET", "304 Not Modified\r\nContent-Length: 5\r\n\r\n", ""),
        ("HEAD", "200 OK\r\nContent-Length: 5\r\n\r\n", ""),
    ] {
        for late in [false, true] {
            let upstream = Upstream::start();
            let house = House::before(&upstream);
            let (mut client, mut peer) = begin(&house, &upstream, method);
            let answer = format!("HTTP/1.1 {answer}");
            if late {
                peer.send(&answer);
            } else {
                peer.send(format!("{answer}{SECRET}"));
            }
            let seen = client.answer_to(method);
            assert_eq!(seen.text(), body, "{answer:?}");
            if late {
                peer.send(SECRET);
            }
            nothing_is_left(&house, &upstream, client, &answer);
        }
    }
}

/// More of a body than its length says: the length counts.
#[test]
fn a_body_longer_than_its_length() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let (mut client, mut peer) = begin(&house, &upstream, "GET");
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more");
    assert_eq!(client.answer().text(), "hello");
    nothing_is_left(&house, &upstream, client, "longer");
}

/// A body that is announced where there is none: the rest may be anything.
#[test]
fn a_body_in_answer_to_head() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let (mut client, mut peer) = begin(&house, &upstream, "HEAD");
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!(client.answer_to("HEAD").status, 200);
    nothing_is_left(&house, &upstream, client, "head");
}

/// Who cannot say where the answer ends is not believed at all.
#[test]
fn two_lengths() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let (mut client, mut peer) = begin(&house, &upstream, "GET");
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!");
    assert_eq!(client.answer().error(), (502, "InternalError".to_owned()));
    nothing_is_left(&house, &upstream, house.connect(), "two lengths");
}

/// A download that its client gives up, with the rest of its body on the way.
#[test]
fn the_rest_of_a_download_that_nobody_wants() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let (client, mut peer) = house.begin_download(&upstream);
    drop(client);
    let _ = peer.try_send(SECRET);
    peer.until_gone();
    nothing_is_left(&house, &upstream, house.connect(), "given up");
}

/// The same for Portico's own client.
#[test]
fn two_answers_to_one_document() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let delete = || {
        let delete = house.request("POST", "/data?delete=");
        let delete = delete.body("<Delete><Object><Key>k</Key></Object></Delete>");
        Keys::configured().sign(delete).bytes()
    };
    let mut client = house.connect();
    client.send(delete());
    let mut peer = upstream.accept();
    peer.request().expect("a document");
    peer.send(format!(
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello{SECRET}"
    ));
    assert_eq!(client.answer().text(), "hello");
    client.send(delete());
    let mut fresh = upstream.accept();
    fresh.request().expect("a document on a fresh connection");
    fresh.answer_with("next");
    assert_eq!(client.answer().text(), "next");
}
