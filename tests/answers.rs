//! Answers of every shape: they arrive as the store gave them, at once, and leave the connections
//! clean.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use house::{BUCKET, House, Keys, Upstream, http_chunks};

const DATA: &[u8] = b"some bytes that are worth keeping";

#[test]
fn a_head_keeps_its_length_and_has_no_body() {
    let house = House::hcp();
    let keys = house.keys("research");
    house.store().put("k", DATA);
    let mut client = house.connect();
    let head = keys.sign(house.request("HEAD", &format!("/{BUCKET}/k")));
    let answer = client.ask(&head);
    let length = DATA.len().to_string();
    assert_eq!(
        (answer.status, answer.header("content-length")),
        (200, Some(length.as_str()))
    );
    // A body would stand before the next answer.
    let get = house.get(&keys, &format!("/{BUCKET}/k"));
    assert_eq!(client.ask(&get).body, DATA);
    let missing = keys.sign(house.request("HEAD", &format!("/{BUCKET}/missing")));
    assert_eq!(client.ask(&missing).status, 404);
    assert_eq!(client.ask(&get).body, DATA);
}

#[test]
fn statuses_without_a_body_have_none() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let keys = Keys::configured();
    let mut client = house.connect();
    client.send(keys.sign(house.request("DELETE", "/data/k")).bytes());
    let mut peer = upstream.accept();
    peer.request().expect("a deletion");
    peer.send("HTTP/1.1 204 No Content\r\n\r\n");
    assert_eq!(client.answer().status, 204);

    let get = house.get(&keys, "/data/k").header("if-none-match", "\"e\"");
    client.send(get.bytes());
    peer.request()
        .expect("a conditional request, on the same connection");
    peer.send("HTTP/1.1 304 Not Modified\r\nETag: \"e\"\r\nContent-Length: 33\r\n\r\n");
    let answer = client.answer();
    assert_eq!((answer.status, answer.header("etag")), (304, Some("\"e\"")));
    house.is_clean(&mut client, &mut peer);
}

/// An answer without a length ends with the store's connection; the client still gets to know
/// that it was whole.
#[test]
fn an_answer_without_a_length_arrives_whole() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let keys = Keys::configured();
    let mut client = house.connect();
    client.send(house.get(&keys, "/data/k").bytes());
    let mut peer = upstream.accept();
    peer.request().expect("a request");
    peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it");
    drop(peer);
    assert_eq!(client.answer().text(), "all of it");
}

/// Who speaks HTTP/1.0 knows no chunks: the end of the connection is the end of the answer.
#[test]
fn an_answer_in_chunks_for_an_old_client() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let request = house.get(&Keys::configured(), "/data/k");
    let head = String::from_utf8(request.head()).expect("text");
    let mut client = house.connect();
    client.send(head.replacen("HTTP/1.1", "HTTP/1.0", 1));
    let mut peer = upstream.accept();
    peer.request().expect("a request");
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    peer.send(http_chunks(DATA, 5));
    let told = String::from_utf8(client.until_gone()).expect("text");
    let (head, body) = told.split_once("\r\n\r\n").expect("a head");
    assert_eq!(body.as_bytes(), DATA, "{told}");
    assert!(!head.to_ascii_lowercase().contains("chunked"), "{head}");
}

#[test]
fn ranges_are_the_stores_business() {
    let house = House::hcp();
    let keys = house.keys("research");
    house.store().put("k", "0123456789");
    let range = |range: &str| {
        let request = house.request("GET", &format!("/{BUCKET}/k"));
        house.ask(&keys.sign(request.header("range", range)))
    };
    let part = range("bytes=2-4");
    assert_eq!((part.status, part.text().as_str()), (206, "234"));
    assert_eq!(part.header("content-range"), Some("bytes 2-4/10"));
    assert_eq!(range("bytes=-3").text(), "789");
    assert_eq!(range("bytes=10-").error(), (416, "InvalidRange".to_owned()));
}

/// A store that puts parts together for minutes sends spaces meanwhile, so that nobody hangs up:
/// they are of use only if they arrive.
#[test]
fn what_the_store_sends_slowly_arrives_at_once() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let completion = house.request("POST", "/data/k?uploadId=7");
    let completion = completion.body("<CompleteMultipartUpload/>");
    let mut client = house.connect();
    client.send(Keys::configured().sign(completion).bytes());
    let mut peer = upstream.accept();
    peer.request().expect("a completion");
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    let head = client.head().expect("the head");
    assert_eq!(head.header("transfer-encoding"), Some("chunked"));
    for _ in 0..3 {
        peer.send("1\r\n \r\n");
        assert_eq!(client.chunk().expect("a space"), b" ");
    }
    peer.send("0\r\n\r\n");
    assert_eq!(client.chunk().expect("the end"), b"");
    house.is_clean(&mut client, &mut peer);
}
