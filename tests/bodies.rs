//! Uploads of every shape: they arrive as they were sent, end once, and leave the connections
//! clean.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use house::{BUCKET, Chunked, House, Keys, Plan, Request, Upstream, crc32, http_chunks};
use portico_sigv4::PayloadMode;

const DATA: &[u8] = b"some bytes that are worth keeping";

/// An upload of unknown length, without its body.
fn unknown_length(house: &House, target: &str) -> Request {
    let request = house.request("PUT", target);
    let request = request.header("transfer-encoding", "chunked");
    Keys::configured().sign_as(request, PayloadMode::Unsigned)
}

/// As on AWS and HCP: an object's length comes first.
#[test]
fn an_object_of_unknown_length_is_refused() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let mut client = house.connect();
    client.send(unknown_length(&house, "/data/k").head());
    let answer = client.answer();
    assert_eq!(answer.status, 411);
    assert!(answer.text().contains("MissingContentLength"));
}

#[test]
fn a_body_of_unknown_length_passes_piece_by_piece_and_ends_once() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let mut client = house.connect();
    client.send(unknown_length(&house, "/data/k?acl").head());
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
    house.is_clean(&mut client, &mut peer);
}

#[test]
fn a_checked_body_of_unknown_length_ends_once() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let request = house
        .request("PUT", "/data/k?acl")
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
    house.is_clean(&mut client, &mut peer);
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
    house.is_clean(&mut client, &mut peer);
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

/// A body where nobody expects one must not be taken for the next request.
#[test]
fn a_body_where_none_is_expected() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let keys = Keys::configured();
    let smuggled = house.get(&keys, "/data/smuggled").bytes();
    let mut client = house.connect();
    let mut peer = None;
    for method in ["GET", "DELETE", "HEAD"] {
        let request = house.request(method, "/data/k").body(smuggled.as_slice());
        client.send(keys.sign(request).bytes());
        let peer = peer.get_or_insert_with(|| upstream.accept());
        let arrived = peer.request().expect("a request");
        assert_eq!(arrived.head.line, format!("{method} /data/k HTTP/1.1"));
        assert_eq!(arrived.body.as_ref(), Some(&smuggled));
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(client.answer_to(method).status, 200);
        house.is_clean(&mut client, peer);
    }
    assert!(upstream.is_left_alone());
}

/// A store may answer before it has read all, and mean it.
#[test]
fn an_answer_that_comes_before_the_end_of_the_body() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let request = house.put(&Keys::configured(), "/data/k", vec![7; 100_000]);
    let bytes = request.bytes();
    let (first, last) = bytes.split_at(bytes.len() - 50_000);
    let mut client = house.connect();
    client.send(first);
    let mut peer = upstream.accept();
    let head = peer.head().expect("a head");
    peer.answer_with("enough");
    assert_eq!(client.answer().text(), "enough");
    // The rest is still owed to the store, and nothing stands between it and the next request.
    client.send(last);
    let body = peer.body_of(&head).expect("the rest of the body");
    assert!(body == Some(request.body), "another body than was sent");
    assert!(client.until_gone().is_empty());
    house.is_clean(&mut house.connect(), &mut peer);
    assert!(upstream.is_left_alone());
}
