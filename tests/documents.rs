//! Documents are read whole before the store sees any of them: their promises are kept first, and
//! there is a measure to them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use house::{BUCKET, Chunked, House, Keys, Plan, Request, Upstream, crc32};
use portico_sigv4::PayloadMode;

const DELETE: &str = "<Delete><Object><Key>k</Key></Object></Delete>";

/// A house with an object to delete.
fn furnished() -> (House, Keys) {
    let house = House::hcp();
    house.store().put("k", "still here");
    let keys = house.keys("research");
    (house, keys)
}

fn delete(house: &House) -> Request {
    house.request("POST", &format!("/{BUCKET}?delete="))
}

#[track_caller]
fn refused(house: &House, request: &Request, status: u16, code: &str) {
    let answer = house.ask(request);
    assert_eq!(answer.error(), (status, code.to_owned()), "{answer:?}");
    assert!(house.store().arrived().is_empty());
    assert!(house.store().object("k").is_some());
}

#[test]
fn a_document_in_every_framing() {
    let (house, keys) = furnished();
    let chunks = house::http_chunks(DELETE.as_bytes(), 7);
    let streamed = delete(&house).header("transfer-encoding", "chunked");
    let mut streamed = keys.sign_as(streamed, PayloadMode::Unsigned);
    streamed.body = chunks;
    for request in [
        keys.sign(delete(&house).body(DELETE)),
        keys.sign_as(delete(&house).body(DELETE), PayloadMode::Unsigned),
        Chunked::new(DELETE.as_bytes()).put(&keys, delete(&house)),
        Chunked::signed(DELETE.as_bytes()).put(&keys, delete(&house)),
        keys.presign(delete(&house)).body(DELETE),
        streamed,
    ] {
        house.store().put("k", "still here");
        let answer = house.ask(&request);
        assert_eq!(answer.status, 200, "{request:?} {answer:?}");
        assert_eq!(answer.element("Key"), "k");
        assert_eq!(house.store().object("k"), None, "{request:?}");
    }
}

#[test]
fn a_document_that_does_not_keep_its_promise() {
    let (house, keys) = furnished();
    let mut other = keys.sign(delete(&house).body(DELETE));
    other.body[10] ^= 1;
    refused(&house, &other, 400, "XAmzContentSHA256Mismatch");
    let sum = delete(&house)
        .body(DELETE)
        .header("x-amz-checksum-crc32", crc32(b"other"));
    refused(&house, &keys.sign(sum), 400, "BadDigest");
    let forged = Chunked {
        forged: Some(0),
        ..Chunked::signed(DELETE.as_bytes())
    };
    let forged = forged.put(&keys, delete(&house));
    refused(&house, &forged, 403, "SignatureDoesNotMatch");
    let trailer = Chunked {
        checksum: crc32(b"other"),
        ..Chunked::new(DELETE.as_bytes())
    };
    let trailer = trailer.put(&keys, delete(&house));
    refused(&house, &trailer, 400, "BadDigest");
}

#[test]
fn a_document_that_breaks_off() {
    let (house, keys) = furnished();
    let bytes = keys.sign(delete(&house).body(DELETE)).bytes();
    let mut client = house.connect();
    client.send(&bytes[..bytes.len() - 5]);
    client.shut();
    let told = client.until_gone();
    assert!(!told.starts_with(b"HTTP/1.1 2"), "{told:?}");
    assert!(house.store().arrived().is_empty());
}

/// The client gets to read that it was too much, and nobody keeps what came.
#[test]
fn a_document_beyond_measure() {
    let house = Plan::hcp().with("s3.max_document", "64KiB").open();
    house.store().put("k", "still here");
    let keys = house.keys("research");
    for length in [65_537, 8 << 20] {
        let document = format!("{DELETE}{}", " ".repeat(length - DELETE.len()));
        let request = keys.sign(delete(&house).body(document));
        let mut client = house.connect();
        // The connection may be closed before all is sent.
        let _ = client.try_send(request.bytes());
        let answer = client.answer();
        assert_eq!(answer.error(), (400, "EntityTooLarge".to_owned()));
        assert!(house.store().arrived().is_empty());
    }
    let document = format!("{DELETE}{}", " ".repeat(65_536 - DELETE.len()));
    let answer = house.ask(&keys.sign(delete(&house).body(document)));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(house.store().object("k"), None);
}

/// What the store says to a document is passed on as it says it.
#[test]
fn the_answer_to_a_document() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let request = Keys::configured().sign(house.request("POST", "/data?delete=").body(DELETE));
    let mut client = house.connect();
    for (head, body, status, text) in [
        (
            "200 OK\r\nTransfer-Encoding: chunked",
            "3\r\nabc\r\n0\r\n\r\n",
            200,
            "abc",
        ),
        ("404 Not Found\r\nContent-Length: 2", "no", 404, "no"),
        ("204 No Content", "", 204, ""),
        (
            "503 Slow Down\r\nRetry-After: 3\r\nContent-Length: 0",
            "",
            503,
            "",
        ),
        (
            "200 OK\r\nConnection: close",
            "to the end",
            200,
            "to the end",
        ),
    ] {
        client.send(request.bytes());
        let mut peer = upstream.accept();
        peer.request().expect("a document");
        peer.send(format!("HTTP/1.1 {head}\r\n"));
        peer.send(format!(
            "X-Amz-Request-Id: 7\r\nKeep-Alive: timeout=1\r\n\r\n{body}"
        ));
        drop(peer);
        let answer = client.answer();
        assert_eq!((answer.status, answer.text().as_str()), (status, text));
        assert_eq!(answer.header("x-amz-request-id"), Some("7"));
        assert_eq!(answer.header("keep-alive"), None);
    }
}
