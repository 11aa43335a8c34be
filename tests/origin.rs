//! Who the client is: the other side of the socket, or whom a trusted proxy names.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use portico_redis::testkit::until;

use house::{Answer, Connection, House, Keys, Plan, Request, Upstream};
use serde_json::Value;
use toml::Value as Setting;

/// What this machine's own connections come from.
const HERE: &str = "127.0.0.1";
const CLIENT: &str = "203.0.113.7";

fn trusting(networks: &[&str]) -> Setting {
    networks
        .iter()
        .map(|&network| Setting::from(network))
        .collect::<Vec<_>>()
        .into()
}

/// The address in the access log's line for a path.
#[track_caller]
fn logged(house: &House, path: &str) -> String {
    let fits = |line: &Value| line["logger"] == "access" && line["path"] == path;
    let line = house.portico.lines_with(1, fits).remove(0);
    line["client_ip"].as_str().unwrap_or_default().to_owned()
}

fn get(path: &str) -> Request {
    Request::new("GET", path).header("host", "x")
}

/// Says something before its request; nothing answers when the connection is refused.
fn after(house: &House, preamble: &[u8], path: &str) -> Option<Answer> {
    let mut client = Connection::open(house.api);
    let _ = client.try_send([preamble, &get(path).bytes()].concat());
    let answer = client.try_answer("GET").ok();
    if answer.is_none() {
        assert!(client.until_gone().is_empty());
    }
    answer
}

/// `addresses` of family and protocol, in version 2.
fn second(command: u8, family: u8, addresses: &[u8]) -> Vec<u8> {
    let signature = b"\r\n\r\n\0\r\nQUIT\n";
    let length = u16::try_from(addresses.len()).unwrap().to_be_bytes();
    [&signature[..], &[command, family], &length, addresses].concat()
}

const FOUR: [u8; 12] = [203, 0, 113, 7, 10, 0, 0, 1, 0xc3, 0x50, 1, 0xbb];

#[test]
fn a_trusted_proxy_says_who_its_client_is() {
    let house = Plan::hcp()
        .with("listeners.trusted_proxies", trusting(&["127.0.0.0/8"]))
        .with("listeners.api.proxy_protocol", true)
        .open();
    let tlv = [&FOUR[..], &[0x04, 0, 3, b'a', b'b', b'c']].concat();
    for (number, (preamble, client)) in [
        (
            b"PROXY TCP4 203.0.113.7 10.0.0.1 50000 443\r\n".to_vec(),
            CLIENT,
        ),
        (
            b"PROXY TCP6 2001:db8::7 ::1 50000 443\r\n".to_vec(),
            "2001:db8::7",
        ),
        (b"PROXY UNKNOWN\r\n".to_vec(), HERE),
        (second(0x21, 0x11, &FOUR), CLIENT),
        (second(0x21, 0x11, &tlv), CLIENT),
        (second(0x20, 0x00, &[]), HERE),
    ]
    .into_iter()
    .enumerate()
    {
        let path = format!("/nothing/{number}");
        let answer = after(&house, &preamble, &path).expect("an answer");
        assert_eq!(answer.status, 401, "{answer:?}");
        assert_eq!(logged(&house, &path), client);
    }
    for bad in [
        &b""[..],
        b"PROXY TCP4 203.0.113.7\r\n",
        b"PROXY TCP4 203.0.113.999 10.0.0.1 50000 443\r\n",
        b"proxy TCP4 203.0.113.7 10.0.0.1 50000 443\r\n",
        &second(0x31, 0x11, &FOUR),
        &second(0x21, 0x11, &FOUR[..4]),
        &[0x16, 3, 1, 0, 5],
    ] {
        assert!(after(&house, bad, "/bad").is_none(), "{bad:?}");
    }
    // The other listeners are as they were, and so is what comes late.
    let admin = house.admin(Request::new("GET", "/liveness"));
    assert_eq!(admin.status, 200);
    let mut slow = Connection::open(house.api);
    for part in [&b"PRO"[..], b"XY TCP4 203.0.113.7 10.0.0.1", b" 5 443\r\n"] {
        slow.send(part);
        std::thread::yield_now();
    }
    assert_eq!(slow.ask(&get("/slow")).status, 401);
    assert_eq!(logged(&house, "/slow"), CLIENT);
    // The name holds for every request of the connection.
    assert_eq!(slow.ask(&get("/again")).status, 401);
    assert_eq!(logged(&house, "/again"), CLIENT);
}

#[test]
fn nobody_else_may_connect_where_proxies_do() {
    let house = Plan::hcp()
        .with("listeners.trusted_proxies", trusting(&["192.0.2.0/24"]))
        .with("listeners.api.proxy_protocol", true)
        .open();
    let preamble = b"PROXY TCP4 203.0.113.7 10.0.0.1 50000 443\r\n";
    assert!(after(&house, preamble, "/x").is_none());
    assert!(after(&house, b"", "/x").is_none());
    let counted = "portico_connections_refused_total{cause=\"untrusted\",listener=\"api\"} 2";
    // After they were closed.
    until("they are counted", || {
        let metrics = house.admin(Request::new("GET", "/metrics")).text();
        metrics.contains(counted)
    });
}

#[test]
fn forwarded_headers_count_from_trusted_proxies_alone() {
    let upstream = Upstream::start();
    for (trusted, by, header, client) in [
        (
            HERE,
            "x-forwarded-for",
            ("x-forwarded-for", "6.6.6.6, 203.0.113.7"),
            CLIENT,
        ),
        (
            HERE,
            "x-forwarded-for",
            ("x-forwarded-for", "203.0.113.7, 127.0.0.1"),
            CLIENT,
        ),
        (
            HERE,
            "x-forwarded-for",
            ("forwarded", "for=203.0.113.7"),
            HERE,
        ),
        (
            HERE,
            "forwarded",
            ("forwarded", "for=6.6.6.6, for=203.0.113.7"),
            CLIENT,
        ),
        (HERE, "forwarded", ("x-forwarded-for", CLIENT), HERE),
        (
            "192.0.2.1",
            "x-forwarded-for",
            ("x-forwarded-for", CLIENT),
            HERE,
        ),
    ] {
        let house = Plan::before(&upstream)
            .with("listeners.trusted_proxies", trusting(&[trusted]))
            .with("listeners.forwarded_by", by)
            .open();
        let request = house.get(&Keys::configured(), "/data/k");
        let request = request
            .header(header.0, header.1)
            .header("x-real-ip", "6.6.6.6");
        let mut connection = house.connect();
        connection.send(request.bytes());
        let mut peer = upstream.accept();
        let arrived = peer.request().expect("a request");
        for name in [header.0, "x-real-ip"] {
            assert_eq!(
                arrived.header(name),
                None,
                "the store is told nothing of it"
            );
        }
        peer.answer_with("");
        assert_eq!(connection.answer().status, 200);
        assert_eq!(logged(&house, "/data/k"), client, "{header:?} by {by}");
    }
}

/// `Location` follows the scheme that the client used, as far as a trusted proxy says.
#[test]
fn the_scheme_is_what_the_proxy_says() {
    for (trusted, scheme) in [(HERE, "https://"), ("192.0.2.1", "http://")] {
        let upstream = Upstream::start();
        let house = Plan::before(&upstream)
            .with("listeners.trusted_proxies", trusting(&[trusted]))
            .open();
        let request = house.put(&Keys::configured(), "/data", "");
        let request = request.header("x-forwarded-for", CLIENT);
        let mut client = house.connect();
        client.send(request.header("x-forwarded-proto", "https").bytes());
        let mut peer = upstream.accept();
        peer.request().expect("a request");
        let location = format!("http://{}/data", upstream.address);
        peer.send(format!(
            "HTTP/1.1 200 OK\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
        ));
        let answer = client.answer();
        let location = answer.header("location").unwrap_or_default();
        assert!(location.starts_with(scheme), "{location}");
    }
}
