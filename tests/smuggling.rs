//! Requests that hide another one, and names that break out of their place: what `accept.rs` of
//! these stories began, in the spellings that other readers fall for.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use house::{BUCKET, House, Keys, Request, Upstream};

const HIDDEN: &str = "GET /data/hidden HTTP/1.1\r\nHost: x\r\n\r\n";

/// A good request with other lines for its `Content-Length`, another one hidden behind it.
#[track_caller]
fn is_refused(house: &House, upstream: &Upstream, lines: &str, body: &str) {
    let good = house.put(&Keys::configured(), "/data/k", "12345");
    let head = String::from_utf8(good.head()).unwrap();
    let head = head.replacen("content-length: 5\r\n", lines, 1);
    let mut client = house.connect();
    let _ = client.try_send([head.as_str(), body, HIDDEN].concat());
    let answer = client.answer();
    let refused = (400..500).contains(&answer.status) || answer.status == 501;
    assert!(refused, "{lines:?}: {answer:?}");
    let rest = client.until_gone();
    assert!(rest.is_empty(), "{lines:?}: a second answer {rest:?}");
    assert!(upstream.is_left_alone(), "{lines:?} reached the store");
}

#[test]
fn lengths_that_are_no_plain_number() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    for value in [
        "+5", "5, 5", "5,5", "5 5", "05x", "5.0", "5;", "\"5\"", "٥", "5\u{0}", "", " ",
    ] {
        is_refused(
            &house,
            &upstream,
            &format!("content-length: {value}\r\n"),
            "12345",
        );
    }
    for lines in [
        "content-length: 5\r\ncontent-length: 5\r\n",
        "content-length: 5\r\nContent-Length: 5\r\n",
        "content-length: 0\r\ncontent-length: 5\r\n",
    ] {
        is_refused(&house, &upstream, lines, "12345");
    }
}

#[test]
fn names_that_others_read_as_a_length_or_a_framing() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    for name in [
        "content_length: 0",
        "Content_Length: 0",
        "content.length: 0",
        "content-length : 0",
        "content-length\t: 0",
        " content-length: 0",
        "\tcontent-length: 0",
        "content length: 0",
        "content-length\u{0}: 0",
        "content-length\u{b}: 0",
        "transfer_encoding: chunked",
        "Transfer.Encoding: chunked",
        "transfer-encoding : chunked",
        "host_: other\r\nho st: other",
        "x: y\r\n transfer-encoding: chunked",
        "x: y\rtransfer-encoding: chunked",
        "x_forwarded_for: 6.6.6.6",
    ] {
        let lines = format!("content-length: 5\r\n{name}\r\n");
        is_refused(&house, &upstream, &lines, "12345");
    }
}

#[test]
fn framings_that_others_do_not_see() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    for value in [
        "chunked\r\ncontent-length: 5",
        "\u{b}chunked",
        "chunked\u{0}",
        "\"chunked\"",
        "chunked;q=1",
        "chunked,",
        ",chunked",
        "chunked, chunked",
        "identity, chunked",
        "chunKed\u{17f}",
        "x\r\ntransfer-encoding: chunked",
    ] {
        let lines = format!("transfer-encoding: {value}\r\n");
        is_refused(&house, &upstream, &lines, "5\r\n12345\r\n0\r\n\r\n");
    }
}

#[test]
fn lines_that_end_in_other_ways() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    for lines in [
        "content-length: 5\nx: y\r\n",
        "content-length: 5\r\nx: y\n",
        "content-length: 5\r\r\n",
        "x: y\n\ncontent-length: 5\r\n",
    ] {
        is_refused(&house, &upstream, lines, "12345");
    }
    let head = "GET /data/k HTTP/1.1\nHost: x\n\n";
    let mut client = house.connect();
    client.send([head, HIDDEN].concat());
    assert_eq!(client.answer().status, 400);
    assert!(client.until_gone().is_empty());
}

/// A path may hold anything when it is encoded, and stays so.
#[test]
fn line_ends_in_a_path_stay_encoded() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let keys = Keys::configured();
    let target = "/data/a%0D%0AX-Injected%3A%20b";
    let mut client = house.connect();
    client.send(house.get(&keys, target).bytes());
    let mut peer = upstream.accept();
    let arrived = peer.request().expect("one request");
    assert_eq!(arrived.head.line, format!("GET {target} HTTP/1.1"));
    assert_eq!(arrived.header("x-injected"), None);
    peer.answer_with("");
    let answer = client.answer();
    assert_eq!((answer.status, answer.header("x-injected")), (200, None));
    drop((client, peer));
    for bad in [
        "/data/a\r\nX-Injected: b",
        "/data/a\nX-Injected: b",
        "/data/a\u{0}b",
        "/data/a%00b",
        "/data/a\tb",
        "/data/%0",
        "/data/../admin",
        "/data/%2e%2e/%2e%2e/x",
    ] {
        let good = house.get(&keys, "/data/k");
        let head = String::from_utf8(good.head()).unwrap();
        let mut client = house.connect();
        let _ = client.try_send(head.replacen("/data/k", bad, 1));
        let answer = client.answer();
        assert!((400..500).contains(&answer.status), "{bad:?}: {answer:?}");
        assert!(upstream.is_left_alone(), "{bad:?} reached the store");
    }
}

/// Each is signed, so that nothing but the name itself is in the way.
#[test]
fn hosts_that_are_none() {
    let house = House::hcp();
    let keys = house.keys("research");
    for host in [
        "research%0d%0aX-Injected:b.hcp.test",
        "research\u{0}.hcp.test",
        "research.hcp.test\u{0}.evil.test",
        "research.hcp.test/../archive",
        "research@archive.hcp.test",
        "research .hcp.test",
        "../research.hcp.test",
        "research.hcp.test, archive.hcp.test",
        "research.hcp.test#",
        "research.hcp.test?x",
        "r\u{e9}search.hcp.test",
    ] {
        let request = Request::new("GET", &format!("/{BUCKET}/k")).header("host", host);
        let mut client = house.connect();
        let _ = client.try_send(keys.sign(request).bytes());
        let answer = client.answer();
        assert_eq!(answer.status, 400, "{host:?}: {answer:?}");
        assert_eq!(answer.header("x-injected"), None);
    }
    assert!(house.store().arrived().is_empty(), "the store was asked");
}

#[test]
fn users_and_tenants_that_break_lines() {
    let house = House::hcp();
    for form in [
        "username=ada%0D%0AX-Injected:%20b&password=x&tenant=research",
        "username=ada%00&password=x&tenant=research",
        "username=ada&password=x&tenant=research%0d%0aX-Injected:b",
        "username=ada&password=x&tenant=research.evil.test/",
        "username=ada&password=x&tenant=../research",
    ] {
        let request = Request::new("POST", "/api/v1/auth/token")
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = house.rest(request.body(form));
        assert_eq!(answer.header("x-injected"), None);
        if form.contains("tenant=research&") || form.ends_with("tenant=research") {
            continue;
        }
        assert!((400..500).contains(&answer.status), "{form}: {answer:?}");
    }
    for line in house.portico.lines() {
        assert!(line.starts_with('{') && line.ends_with('}'), "{line:?}");
        assert!(!line.starts_with("X-Injected"), "{line:?}");
    }
    assert!(house.store().arrived().is_empty(), "the store was asked");
}
