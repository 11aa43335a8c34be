//! Bodies of every shape, in both directions: they arrive as they were sent, end once, and leave
//! the connections clean.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use house::{BUCKET, Chunked, House, Keys, Peer, Plan, Request, Upstream, crc32};
use portico_sigv4::PayloadMode;

const DATA: &[u8] = b"some bytes that are worth keeping";

/// An upload of unknown length, without its body.
fn unknown_length(house: &House, target: &str) -> Request {
    let request = house.request("PUT", target);
    let request = request.header("transfer-encoding", "chunked");
    Keys::configured().sign_as(request, PayloadMode::Unsigned)
}

/// Puts bytes into chunks of HTTP's own, each of so many bytes.
fn http_chunks(data: &[u8], size: usize) -> Vec<u8> {
    let mut framed = Vec::new();
    for chunk in data.chunks(size) {
        framed.extend(format!("{:x}\r\n", chunk.len()).bytes());
        framed.extend([chunk, b"\r\n"].concat());
    }
    framed.extend(b"0\r\n\r\n");
    framed
}

/// Whether the connection to the store is good for another request: nothing was left on it.
#[track_caller]
fn is_clean(house: &House, client: &mut house::Connection, peer: &mut Peer) {
    client.send(house.get(&Keys::configured(), "/data/next").bytes());
    let next = peer
        .request()
        .expect("another request on the same connection");
    assert_eq!(next.head.line, "GET /data/next HTTP/1.1");
    peer.answer_with("next");
    assert_eq!(client.answer().text(), "next");
}

#[test]
fn a_body_of_unknown_length_passes_piece_by_piece_and_ends_once() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let mut client = house.connect();
    client.send(unknown_length(&house, "/data/k").head());
    let mut peer = upstream.accept();
    let head = peer.head().expect("the head, before any body");
    assert_eq!(head.header("transfer-encoding"), Some("chunked"));
    assert_eq!(head.header("content-length"), None);
    // A chunk, a chunk that comes in two pieces, and the end alone.
    for (sent, arrives) in [
        ("5\r\nhello\r\n", "hello"),
        ("6\r\n, w", ", w"),
        ("orl\r\n", "orl"),
    ] {
        client.send(sent);
        assert_eq!(peer.chunk().expect("a chunk"), arrives.as_bytes());
    }
    client.send("0\r\n\r\n");
    assert_eq!(peer.chunk().expect("the end"), b"");
    peer.answer_with("");
    assert_eq!(client.answer().status, 200);
    is_clean(&house, &mut client, &mut peer);
}

#[test]
fn a_checked_body_of_unknown_length_ends_once() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let request = house
        .request("PUT", "/data/k")
        .header("transfer-encoding", "chunked")
        .header("x-amz-checksum-crc32", crc32(DATA));
    let request = Keys::configured().sign_as(request, PayloadMode::Unsigned);
    let mut client = house.connect();
    client.send(request.head());
    let mut peer = upstream.accept();
    for byte in http_chunks(DATA, 4) {
        client.send([byte]);
    }
    let arrived = peer.request().expect("a whole request");
    assert_eq!(arrived.body.as_deref(), Some(DATA));
    peer.answer_with("");
    assert_eq!(client.answer().status, 200);
    is_clean(&house, &mut client, &mut peer);
}

/// What botocore sends over TLS: chunks of S3 inside chunks of HTTP, here byte by byte.
#[test]
fn chunks_in_chunks_become_a_plain_body() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let request = house.request("PUT", "/data/k");
    let mut request = Chunked::new(DATA).put(&Keys::configured(), request);
    let framed = http_chunks(&request.body, 3);
    request.headers.retain(|(name, _)| name != "content-length");
    let request = request.header("transfer-encoding", "chunked");
    let mut client = house.connect();
    client.send(request.head());
    for byte in framed {
        client.send([byte]);
    }
    let mut peer = upstream.accept();
    let arrived = peer.request().expect("a whole request");
    assert_eq!(arrived.body.as_deref(), Some(DATA));
    let length = DATA.len().to_string();
    assert_eq!(arrived.header("content-length"), Some(length.as_str()));
    assert_eq!(arrived.header("content-encoding"), None);
    peer.answer_with("");
    assert_eq!(client.answer().status, 200);
    is_clean(&house, &mut client, &mut peer);
}

#[test]
fn chunks_of_one_byte_that_come_byte_by_byte() {
    let house = House::hcp();
    let keys = house.keys("research");
    for (key, plain) in [
        ("signed", Chunked::signed(DATA)),
        ("plain", Chunked::new(DATA)),
    ] {
        let request = house.request("PUT", &format!("/{BUCKET}/{key}"));
        let request = Chunked { size: 1, ..plain }.put(&keys, request);
        let mut client = house.connect();
        for byte in request.bytes() {
            client.send([byte]);
        }
        let answer = client.answer();
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(house.store().object(key).as_deref(), Some(DATA));
    }
}

/// The last piece of data and the end of the body are read in one go, or in two.
#[test]
fn a_body_may_end_exactly_where_a_piece_ends() {
    let house = House::hcp();
    let keys = house.keys("research");
    for length in [65_535, 65_536, 65_537, 131_072] {
        let data = vec![7; length];
        let key = format!("k{length}");
        let request = house.request("PUT", &format!("/{BUCKET}/{key}"));
        let request = Chunked::new(&data).put(&keys, request);
        let answer = house.ask(&request);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(house.store().object(&key) == Some(data), "{length} bytes");
    }
}

#[test]
fn an_empty_body_in_every_form() {
    let house = House::hcp();
    let keys = house.keys("research");
    let target = |key| format!("/{BUCKET}/{key}");
    let signed_trailer = Chunked {
        mode: PayloadMode::StreamingSignedTrailer,
        ..Chunked::new(b"")
    };
    let forms = [
        ("none", house.put(&keys, &target("none"), "")),
        (
            "unsigned",
            Chunked::new(b"").put(&keys, house.request("PUT", &target("unsigned"))),
        ),
        (
            "signed",
            Chunked::signed(b"").put(&keys, house.request("PUT", &target("signed"))),
        ),
        (
            "trailer",
            signed_trailer.put(&keys, house.request("PUT", &target("trailer"))),
        ),
    ];
    for (key, request) in forms {
        let answer = house.ask(&request);
        assert_eq!(answer.status, 200, "{key}: {answer:?}");
        assert_eq!(
            house.store().object(key).as_deref(),
            Some(&b""[..]),
            "{key}"
        );
    }
}

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
    is_clean(&house, &mut client, &mut peer);
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

#[test]
fn leave_to_send_comes_from_the_store() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let request = house.put(&Keys::configured(), "/data/k", DATA);
    let request = request.header("expect", "100-continue");
    let mut client = house.connect();
    client.send(request.head());
    let mut peer = upstream.accept();
    let head = peer.head().expect("the head");
    assert_eq!(head.header("expect"), Some("100-continue"));
    peer.send("HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(client.answer().status, 100);
    client.send(&request.body);
    assert_eq!(
        peer.body_of(&head).expect("the body").as_deref(),
        Some(DATA)
    );
    peer.answer_with("");
    assert_eq!(client.answer().status, 200);
}

/// A store may refuse instead. Whether the body comes all the same or another request does,
/// nobody can tell, so the client's connection is not used again.
#[test]
fn leave_to_send_may_be_refused() {
    let upstream = Upstream::start();
    let house = Plan::before(&upstream)
        .with("limits.read_timeout", "1s")
        .open();
    let keys = Keys::configured();
    let request = house.put(&keys, "/data/k", DATA);
    let request = request.header("expect", "100-continue");
    let mut client = house.connect();
    client.send(request.head());
    let mut peer = upstream.accept();
    let head = peer.head().expect("the head");
    peer.send("HTTP/1.1 412 Precondition Failed\r\nContent-Length: 2\r\n\r\nno");
    let answer = client.answer();
    assert_eq!((answer.status, answer.text().as_str()), (412, "no"));
    assert_eq!(answer.header("connection"), Some("close"));
    let next = house.get(&keys, "/data/next").bytes();
    let _ = client.try_send([DATA, &next[..]].concat());
    let told = client.until_gone();
    assert!(told.is_empty(), "{:?}", String::from_utf8_lossy(&told));
    let body = peer.body_of(&head).expect("the body, all the same");
    assert_eq!(body.as_deref(), Some(DATA));
    assert!(upstream.is_left_alone());
}

/// Documents are read here, so leave to send them is given here.
#[test]
fn leave_to_send_a_document_comes_from_portico() {
    let house = House::hcp();
    let keys = house.keys("research");
    house.store().put("k", DATA);
    let document = "<Delete><Object><Key>k</Key></Object></Delete>";
    let request = house
        .request("POST", &format!("/{BUCKET}?delete="))
        .body(document);
    let request = keys.sign(request).header("expect", "100-continue");
    let mut client = house.connect();
    client.send(request.head());
    assert_eq!(client.answer().status, 100);
    client.send(&request.body);
    let answer = client.answer();
    assert_eq!((answer.status, answer.element("Key").as_str()), (200, "k"));
    assert_eq!(house.store().object("k"), None);
}

/// Nobody asks for a body that will not be read.
#[test]
fn a_refused_request_gets_no_leave_to_send() {
    let house = House::hcp();
    let mut keys = house.keys("research");
    keys.secret_key.push('x');
    let request = house.put(&keys, &format!("/{BUCKET}/k"), DATA);
    let mut client = house.connect();
    client.send(request.header("expect", "100-continue").head());
    assert_eq!(
        client.answer().error(),
        (403, "SignatureDoesNotMatch".to_owned())
    );
    assert!(client.until_gone().is_empty());
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
    is_clean(&house, &mut client, &mut peer);
}
