//! A store that is down, slow, broken or not itself; clients that leave. Nobody ever takes half
//! an answer for a whole one, and nothing stays behind.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use std::net::SocketAddr;

use hcp_simulator::{Fault, Trouble};
use house::{BUCKET, House, Keys, Plan, Upstream, refusing};
use http::Method;

const DATA: &[u8] = b"some bytes that are worth keeping";

fn code(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

fn target(key: &str) -> String {
    format!("/{BUCKET}/{key}")
}

#[test]
fn a_store_that_is_down() {
    let (_socket, address) = refusing();
    let house = Plan::before_nobody(address).open();
    let keys = Keys::configured();
    let answer = house.ask(&house.get(&keys, &target("k")));
    assert_eq!(
        answer.error(),
        code(503, "ServiceUnavailable"),
        "{answer:?}"
    );
    assert!(!answer.text().contains(&address.to_string()), "{answer:?}");
    let answer = house.ask(&house.put(&keys, &target("k"), DATA));
    assert_eq!(
        answer.error(),
        code(503, "ServiceUnavailable"),
        "{answer:?}"
    );
}

#[test]
fn a_store_that_never_answers() {
    let upstream = Upstream::start();
    let house = Plan::before(&upstream)
        .with("upstream.read_timeout", "1s")
        .open();
    let keys = Keys::configured();
    for request in [
        house.get(&keys, &target("k")),
        house.put(&keys, &target("k"), DATA),
    ] {
        let mut client = house.connect();
        client.send(request.bytes());
        let mut peer = upstream.accept();
        peer.request().expect("a request");
        assert_eq!(client.answer().error(), code(504, "ServiceUnavailable"));
        assert!(upstream.is_left_alone(), "asked twice");
    }
}

/// It may be doing what it was asked: to ask again could do it twice.
#[test]
fn a_store_that_stops_answering_on_a_kept_connection() {
    let upstream = Upstream::start();
    let house = Plan::before(&upstream)
        .with("upstream.read_timeout", "1s")
        .open();
    let keys = Keys::configured();
    let mut client = house.connect();
    client.send(house.get(&keys, &target("first")).bytes());
    let mut peer = upstream.accept();
    peer.request().expect("a request");
    peer.answer_with("first");
    client.answer();
    client.send(house.put(&keys, &target("k"), DATA).bytes());
    peer.request().expect("a request on the kept connection");
    assert_eq!(client.answer().error(), code(504, "ServiceUnavailable"));
    assert!(upstream.is_left_alone(), "asked twice");
}

#[test]
fn an_answer_cut_in_its_head() {
    let house = House::hcp();
    let keys = house.keys("research");
    house.store().put("k", DATA);
    house.store().add_fault(Fault::new(Trouble::CutHead));
    let answer = house.ask(&house.get(&keys, &target("k")));
    assert_eq!(answer.error(), code(502, "InternalError"), "{answer:?}");
    assert_eq!(house.ask(&house.get(&keys, &target("k"))).body, DATA);
}

#[test]
fn an_answer_that_is_no_http() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let mut client = house.connect();
    client.send(house.get(&Keys::configured(), &target("k")).bytes());
    let mut peer = upstream.accept();
    peer.request().expect("a request");
    peer.send("SSH-2.0-OpenSSH_9.6\r\n\r\n");
    assert_eq!(client.answer().error(), code(502, "InternalError"));
}

/// The head is out already: all that is left is to cut the client's connection too.
#[test]
fn an_answer_cut_in_its_body() {
    let house = House::hcp();
    let keys = house.keys("research");
    house.store().put("k", vec![7; 1 << 20]);
    for after in [0, 1, 500_000, (1 << 20) - 1] {
        house
            .store()
            .add_fault(Fault::new(Trouble::CutResponse { after }));
        let mut client = house.connect();
        client.send(house.get(&keys, &target("k")).bytes());
        let answer = client.try_answer("GET");
        let complete = answer.as_ref().is_ok_and(|answer| answer.status == 200);
        assert!(!complete, "after {after} bytes: {answer:?}");
    }
}

/// Chunks have no length to be held against: the end must not be made up.
#[test]
fn an_answer_of_unknown_length_cut_in_its_body() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let keys = Keys::configured();
    let completion = house.request("POST", &format!("{}?uploadId=7", target("k")));
    // Of the one the body passes as it is, of the other it is rewritten on the way.
    for request in [
        house.get(&keys, &target("k")),
        keys.sign(completion.body("<CompleteMultipartUpload/>")),
    ] {
        for tail in ["", "5\r\n<Loca\r\n", "5\r\n<L"] {
            let mut client = house.connect();
            client.send(request.bytes());
            let mut peer = upstream.accept();
            peer.request().expect("a request");
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
            peer.send(tail);
            drop(peer);
            let answer = client.try_answer(&request.method);
            assert!(answer.is_err(), "{answer:?}");
        }
    }
}

/// A store that closes in the middle of an upload has not stored it.
#[test]
fn an_upload_cut_by_the_store() {
    let house = House::hcp();
    let keys = house.keys("research");
    let cut = Fault::new(Trouble::CutRequest { after: 100_000 });
    house.store().add_fault(cut.method(&Method::PUT).times(9));
    let request = house.put(&keys, &target("k"), vec![7; 2 << 20]);
    let mut client = house.connect();
    // The connection may be closed before all is sent.
    let _ = client.try_send(request.bytes());
    let answer = client.answer();
    assert_eq!(answer.error(), code(502, "InternalError"), "{answer:?}");
    assert_eq!(house.store().object("k"), None);
}

#[test]
fn a_store_with_the_certificate_of_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let other = folder.path().join("other.pem");
    let made = rcgen::generate_simple_self_signed(vec!["other.test".to_owned()]);
    std::fs::write(&other, made.expect("a certificate").cert.pem()).expect("a file");
    let house = Plan::hcp()
        .with("upstream.ca_file", other.to_str().expect("text"))
        .open();
    let keys = house.keys("research");
    let answer = house.ask(&house.get(&keys, &target("k")));
    assert_eq!(
        answer.error(),
        code(503, "ServiceUnavailable"),
        "{answer:?}"
    );
    // The documents' own client believes no more than the engine does.
    let delete = house.request("POST", &format!("/{BUCKET}?delete="));
    let delete = keys.sign(delete.body("<Delete><Object><Key>k</Key></Object></Delete>"));
    let answer = house.ask(&delete);
    assert_eq!(
        answer.error(),
        code(503, "ServiceUnavailable"),
        "{answer:?}"
    );
    assert!(house.store().arrived().is_empty());
}

#[test]
fn one_of_two_addresses_is_dead() {
    let upstream = Upstream::start();
    let (_socket, dead) = refusing();
    let live = upstream.address;
    for order in [[dead, live], [live, dead]] {
        let addresses: Vec<_> = order.iter().map(SocketAddr::to_string).collect();
        let house = Plan::before_nobody(live)
            .with("upstream.s3_addresses", addresses)
            .open();
        upstream.answer_probe();
        let mut client = house.connect();
        client.send(house.put(&Keys::configured(), &target("k"), DATA).bytes());
        let mut peer = upstream.accept();
        let arrived = peer.request().expect("a request");
        assert_eq!(arrived.body.as_deref(), Some(DATA));
        peer.answer_with("");
        assert_eq!(client.answer().status, 200);
    }
}

/// The store knows best when it has had enough: its own words pass, and are not asked for again.
#[test]
fn a_store_that_is_busy() {
    let house = House::hcp();
    let keys = house.keys("research");
    house.store().put("k", DATA);
    let busy = Fault::new(Trouble::Unavailable).times(3);
    house.store().add_fault(busy);
    let mut client = house.connect();
    for _ in 0..3 {
        let answer = client.ask(&house.get(&keys, &target("k")));
        assert_eq!(
            answer.error(),
            code(503, "ServiceUnavailable"),
            "{answer:?}"
        );
        assert_eq!(
            answer.element("Message"),
            "Please reduce your request rate."
        );
    }
    assert_eq!(house.store().arrived().len(), 3);
    assert_eq!(client.ask(&house.get(&keys, &target("k"))).body, DATA);
}

#[test]
fn a_client_that_leaves_in_a_download() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let (client, mut peer) = house.begin_download(&upstream);
    drop(client);
    assert!(peer.until_gone().is_empty());
    let line = house
        .portico
        .lines_with(1, |line| line["path"] == target("k"));
    assert_eq!(line[0]["aborted"], true, "{line:?}");
}

#[test]
fn a_client_that_leaves_in_an_upload() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let request = house.put(&Keys::configured(), &target("k"), vec![7; 1 << 20]);
    let bytes = request.bytes();
    let mut client = house.connect();
    client.send(&bytes[..bytes.len() / 2]);
    let mut peer = upstream.accept();
    let head = peer.head().expect("a head");
    drop(client);
    assert!(peer.body_of(&head).is_err());
}

#[test]
fn a_client_that_leaves_before_the_answer() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let mut client = house.connect();
    client.send(house.get(&Keys::configured(), &target("k")).bytes());
    let mut peer = upstream.accept();
    peer.request().expect("a request");
    drop(client);
    assert!(peer.until_gone().is_empty());
}

/// The same for what Portico's own client fetches.
#[test]
fn a_client_that_leaves_before_a_document_is_done() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let delete = house.request("POST", "/data?delete=");
    let delete = delete.body("<Delete><Object><Key>k</Key></Object></Delete>");
    let mut client = house.connect();
    client.send(Keys::configured().sign(delete).bytes());
    let mut peer = upstream.accept();
    peer.request().expect("a document");
    drop(client);
    assert!(peer.until_gone().is_empty());
}

/// Whoever has said that no more will come may still be waiting (RFC 9112 section 9.6).
#[test]
fn a_client_that_ends_its_side_gets_its_answer() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let delete = house.request("POST", "/data?delete=");
    let delete = delete.body("<Delete><Object><Key>k</Key></Object></Delete>");
    let keys = Keys::configured();
    for request in [
        house.get(&keys, &target("k")),
        house.put(&keys, &target("k"), DATA),
        keys.sign(delete),
    ] {
        let mut client = house.connect();
        client.send(request.bytes());
        client.shut();
        let mut peer = upstream.accept();
        peer.request().expect("a request");
        // Long enough for the end of the client's side to be seen.
        assert!(!client.has_answer());
        peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nlate");
        let answer = client.answer();
        assert_eq!((answer.status, answer.text().as_str()), (403, "late"));
        drop(peer);
        assert!(client.until_gone().is_empty());
    }
}
