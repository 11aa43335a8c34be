//! A kept connection that the store closes under a request: the request is repeated on a new
//! one, and its body arrives whole and once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use house::{Chunked, House, Keys, Peer, Received, Request, Upstream, crc32};

const DATA: &[u8] = b"twenty-six letters, say...";

/// Has the second request fail on the connection of the first, and gives what arrives in the end.
#[track_caller]
fn repeated(house: &House, upstream: &Upstream, request: &Request) -> (Received, Received) {
    let keys = Keys::configured();
    let mut client = house.connect();
    client.send(house.get(&keys, "/data/first").bytes());
    let mut kept = upstream.accept();
    kept.request().expect("the first request");
    kept.answer_with("first");
    assert_eq!(client.answer().text(), "first");

    client.send(request.bytes());
    let lost = kept
        .request()
        .expect("the second request, on the kept connection");
    drop(kept);
    let mut fresh: Peer = upstream.accept();
    let arrived = fresh.request().expect("the second request again");
    fresh.answer_with("second");
    let answer = client.answer();
    assert_eq!((answer.status, answer.text().as_str()), (200, "second"));
    assert!(upstream.is_left_alone(), "repeated more than once");
    (lost, arrived)
}

#[track_caller]
fn arrives_whole(request: impl FnOnce(&House, &Keys) -> Request) {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let request = request(&house, &Keys::configured());
    let (lost, arrived) = repeated(&house, &upstream, &request);
    for received in [lost, arrived] {
        assert_eq!(received.head.line, "PUT /data/second HTTP/1.1");
        let length = DATA.len().to_string();
        assert_eq!(received.header("content-length"), Some(length.as_str()));
        assert_eq!(received.body.as_deref(), Some(DATA));
    }
}

#[test]
fn a_plain_body() {
    arrives_whole(|house, keys| house.put(keys, "/data/second", DATA));
}

#[test]
fn a_body_with_a_checksum_in_its_head() {
    arrives_whole(|house, keys| {
        let request = house.request("PUT", "/data/second").body(DATA);
        let request = request.header("x-amz-checksum-crc32", crc32(DATA));
        keys.sign(request)
    });
}

#[test]
fn chunks_with_a_checksum_behind_them() {
    arrives_whole(|house, keys| Chunked::new(DATA).put(keys, house.request("PUT", "/data/second")));
}

#[test]
fn signed_chunks() {
    arrives_whole(|house, keys| {
        let chunked = Chunked {
            size: 7,
            ..Chunked::signed(DATA)
        };
        chunked.put(keys, house.request("PUT", "/data/second"))
    });
}

/// What was done once must not be done twice: nobody knows whether the store did it.
#[test]
fn a_post_is_not_repeated() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let keys = Keys::configured();
    let mut client = house.connect();
    client.send(house.get(&keys, "/data/first").bytes());
    let mut kept = upstream.accept();
    kept.request().expect("the first request");
    kept.answer_with("first");
    client.answer();

    let request = house.request("POST", "/data/k?uploadId=1").body("<x/>");
    client.send(keys.sign(request).bytes());
    kept.request().expect("the second request");
    drop(kept);
    assert_eq!(client.answer().error(), (502, "InternalError".to_owned()));
    assert!(upstream.is_left_alone());
}

/// More than the engine keeps cannot be sent again: better an error than the second half.
#[test]
fn a_large_body_is_not_repeated() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let keys = Keys::configured();
    let mut client = house.connect();
    client.send(house.get(&keys, "/data/first").bytes());
    let mut kept = upstream.accept();
    kept.request().expect("the first request");
    kept.answer_with("first");
    client.answer();

    let data = vec![7; 1 << 20];
    let request = Chunked::new(&data).put(&keys, house.request("PUT", "/data/second"));
    let mut writer = client.writer();
    let bytes = request.bytes();
    let writing = std::thread::spawn(move || std::io::Write::write_all(&mut writer, &bytes));
    let lost = kept.request().expect("the second request");
    assert_eq!(lost.body.map(|body| body.len()), Some(data.len()));
    drop(kept);
    assert_eq!(client.answer().error(), (502, "InternalError".to_owned()));
    assert!(upstream.is_left_alone());
    let written = writing.join().expect("a thread that ends");
    written.expect("a body that is taken");
}

/// A store that says good-bye means it, even when its socket is still open.
#[test]
fn a_connection_that_the_store_ends_is_not_kept() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let keys = Keys::configured();
    let mut client = house.connect();
    client.send(house.get(&keys, "/data/first").bytes());
    let mut ended = upstream.accept();
    ended.request().expect("the first request");
    ended.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    // That was between Portico and the store: the client's connection goes on.
    assert_eq!(client.answer().status, 200);
    client.send(house.put(&keys, "/data/second", DATA).bytes());
    let mut fresh = upstream.accept();
    let arrived = fresh.request().expect("the second request");
    assert_eq!(arrived.body.as_deref(), Some(DATA));
    fresh.answer_with("");
    assert_eq!(client.answer().status, 200);
    assert!(ended.until_gone().is_empty());
}
