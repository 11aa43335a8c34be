//! A request that comes back to the Portico that sent it is refused, however it came back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use std::net::SocketAddr;

use house::{Connection, House, Keys, Plan, Received, Request, Upstream};

fn loop_fields(received: &Received) -> Vec<String> {
    let fields = received.head.headers.iter();
    let fields = fields.filter(|(name, _)| name == "cdn-loop");
    fields.map(|(_, value)| value.clone()).collect()
}

/// Sends on what arrives, head and body, and sends back the answer.
fn relay(upstream: &Upstream, to: SocketAddr) -> Received {
    let mut peer = upstream.accept();
    let received = peer.request().expect("a request");
    let words: Vec<_> = received.head.line.split(' ').collect();
    let mut request = Request::new(words[0], words[1]);
    request.headers.clone_from(&received.head.headers);
    request.body = received.body.clone().unwrap_or_default();
    let answer = Connection::open(to).ask(&request);
    let head = format!("HTTP/1.1 {} Relayed\r\n", answer.status);
    let length = format!("Content-Length: {}\r\n\r\n", answer.body.len());
    peer.send([head.as_bytes(), length.as_bytes(), &answer.body].concat());
    received
}

/// A download, an upload, and a document, which goes with Portico's own client.
fn requests(house: &House) -> [Request; 3] {
    let keys = Keys::configured();
    let delete = house.request("POST", "/data?delete=");
    let delete = delete.body("<Delete><Object><Key>k</Key></Object></Delete>");
    [
        house.get(&keys, "/data/k"),
        house.put(&keys, "/data/k", "data"),
        keys.sign(delete),
    ]
}

#[test]
fn a_store_that_leads_back_to_portico() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    for request in requests(&house) {
        let mut client = house.connect();
        client.send(request.bytes());
        relay(&upstream, house.s3);
        let answer = client.answer();
        assert_eq!(answer.error(), (508, "LoopDetected".to_owned()));
    }
    let line = house
        .portico
        .lines_with(3, |line| line["reason"] == "LoopDetected");
    assert!(line[0]["error"].is_string(), "{line:?}");
}

#[test]
fn two_porticos_in_a_circle() {
    let upstream = Upstream::start();
    let far = House::before(&upstream);
    let near = Plan::before_nobody(far.s3).open();
    for request in requests(&near) {
        let mut client = near.connect();
        client.send(request.bytes());
        let received = relay(&upstream, near.s3);
        let names = loop_fields(&received);
        assert_eq!(names.len(), 2, "{names:?}");
        assert_ne!(names[0], names[1]);
        let answer = client.answer();
        assert_eq!(answer.error(), (508, "LoopDetected".to_owned()));
    }
}

#[test]
fn what_others_say_of_the_way_is_kept() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    for request in requests(&house) {
        let mut client = house.connect();
        let other = "cdn.example; by=\"edge\"";
        let request = request.header("cdn-loop", other);
        client.send(request.bytes());
        let mut peer = upstream.accept();
        let received = peer.request().expect("a request");
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        assert_eq!(client.answer().status, 200);
        let names = loop_fields(&received);
        assert_eq!(names[0], other);
        assert!(names[1].starts_with("portico-"), "{names:?}");
        let signed = received.header("authorization").expect("a signature");
        assert!(!signed.contains("cdn-loop"), "{signed}");
    }
}

/// Whoever answers over REST says it in the words of REST.
#[test]
fn a_loop_on_the_other_listener() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let mut client = house.connect();
    client.send(house.get(&Keys::configured(), "/data/k").bytes());
    relay(&upstream, house.api);
    let answer = client.answer();
    assert_eq!(answer.status, 508);
    assert!(answer.json()["detail"].is_string(), "{answer:?}");
}
