//! Requests that two readers could read differently are read by nobody: refused, the connection
//! closed, and the store never hears of them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use house::{Answer, BUCKET, House, Keys, Request, Upstream};

const SMUGGLED: &str = "GET /data/smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

/// A house before a server that nobody may disturb.
struct Quiet {
    house: House,
    upstream: Upstream,
}

impl Quiet {
    fn new() -> Self {
        let upstream = Upstream::start();
        let house = House::before(&upstream);
        Self { house, upstream }
    }

    /// A signed request of which one line is then changed, followed by a second one.
    fn signed(&self) -> Request {
        self.house.put(&Keys::configured(), "/data/k", "12345")
    }

    /// Sends bytes and expects one refusal, then the end of the connection.
    #[track_caller]
    fn refuses(&self, bytes: impl AsRef<[u8]>) -> u16 {
        let bytes = bytes.as_ref();
        let shown: String = String::from_utf8_lossy(bytes).chars().take(300).collect();
        let mut client = self.house.connect();
        let _ = client.try_send([bytes, SMUGGLED.as_bytes()].concat());
        let answer = client.answer();
        // 501 is for transfer codings that nobody knows (RFC 9112 section 6.1).
        let refused = (400..500).contains(&answer.status) || answer.status == 501;
        assert!(refused, "{shown:?}: {answer:?}");
        let rest = client.until_gone();
        assert!(rest.is_empty(), "{shown:?}: a second answer {rest:?}");
        assert!(self.upstream.is_left_alone(), "{shown:?} reached the store");
        answer.status
    }

    /// Changes the head of a good request.
    #[track_caller]
    fn refuses_changed(&self, from: &str, to: &str) -> u16 {
        let good = self.signed();
        let head = String::from_utf8(good.head()).expect("text");
        assert!(head.contains(from), "{from:?} is not in {head:?}");
        self.refuses([head.replacen(from, to, 1).as_bytes(), b"12345"].concat())
    }
}

/// The control: what the others change is good before.
#[test]
fn a_good_request_comes_through() {
    let quiet = Quiet::new();
    let mut client = quiet.house.connect();
    client.send(quiet.signed().bytes());
    let mut peer = quiet.upstream.accept();
    assert_eq!(
        peer.request().expect("a request").body.as_deref(),
        Some(&b"12345"[..])
    );
    peer.answer_with("");
    assert_eq!(client.answer().status, 200);
}

#[test]
fn two_framings() {
    let quiet = Quiet::new();
    let length = "content-length: 5\r\n";
    for both in [
        "content-length: 5\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
        "content-length: 5\r\nTransfer-Encoding : chunked\r\n",
        "content-length: 5\r\ntransfer-encoding: xchunked\r\n",
        "content-length: 5\r\ntransfer-encoding: identity\r\n",
        "content-length: 5\r\ncontent-length: 6\r\n",
        "content-length: 5, 6\r\n",
        "content-length: +5\r\n",
        "content-length: 0x5\r\n",
        "content-length: -1\r\n",
        "content-length: 99999999999999999999999\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: gzip\r\n",
    ] {
        quiet.refuses_changed(length, both);
    }
}

#[test]
fn a_host_that_is_missing_or_there_twice() {
    let quiet = Quiet::new();
    let host = format!("host: {}\r\n", quiet.house.s3);
    quiet.refuses_changed(&host, "");
    quiet.refuses_changed(&host, "host: \r\n");
    quiet.refuses_changed(&host, &format!("{host}host: other\r\n"));
    quiet.refuses_changed(&host, &format!("{host}{host}"));
}

#[test]
fn a_target_that_is_no_path() {
    let quiet = Quiet::new();
    let line = "PUT /data/k HTTP/1.1";
    for other in [
        "PUT http://other.test/data/k HTTP/1.1",
        "PUT data/k HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "CONNECT other.test:443 HTTP/1.1",
        "PUT //data/k HTTP/1.1",
        "PUT /data/k%00 HTTP/1.1",
    ] {
        quiet.refuses_changed(line, other);
    }
}

/// The absolute form (RFC 9112 section 3.2.2) with the right host says nothing else than the path
/// does, but it is not what was signed.
#[test]
fn a_target_in_absolute_form() {
    let quiet = Quiet::new();
    let absolute = format!("PUT http://{}/data/k HTTP/1.1", quiet.house.s3);
    quiet.refuses_changed("PUT /data/k HTTP/1.1", &absolute);
}

#[test]
fn a_line_that_is_no_request() {
    let quiet = Quiet::new();
    let line = "PUT /data/k HTTP/1.1";
    for other in [
        "P(T /data/k HTTP/1.1",
        "PUT /data/k HTTP/2.0",
        "PUT /data/k HTTP/1.1 more",
        "PUT /data/k",
        " PUT /data/k HTTP/1.1",
    ] {
        quiet.refuses_changed(line, other);
    }
    quiet.refuses("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}\r\n\r\n");
}

#[test]
fn a_method_that_the_store_does_not_know() {
    let quiet = Quiet::new();
    let request = quiet.house.request("BREW", "/data/k");
    let answer = quiet.house.ask(&Keys::configured().sign(request));
    assert_eq!(answer.error(), (405, "MethodNotAllowed".to_owned()));
    assert!(quiet.upstream.is_left_alone());
}

#[test]
fn headers_that_break_the_line() {
    let quiet = Quiet::new();
    let good = "content-length: 5\r\n";
    for bad in [
        "content-length: 5\r\nx-amz-meta-a: b\u{0}c\r\n",
        "content-length: 5\r\nx-amz-meta-a: b\u{1}c\r\n",
        "content-length: 5\r\nx-amz-meta-a: b\rc\r\n",
        "content-length: 5\r\nx-amz-meta-a : b\r\n",
        "content-length: 5\r\n folded: b\r\n",
        "content-length: 5\r\nno colon\r\n",
        "content-length: 5\r\n: no name\r\n",
        "content-length: 5\r\nx-amz-m\u{1}eta-a: b\r\n",
    ] {
        quiet.refuses_changed(good, bad);
    }
}

#[test]
fn a_head_without_measure() {
    let quiet = Quiet::new();
    let good = "content-length: 5\r\n";
    let long = format!("{good}x-amz-meta-a: {}\r\n", "b".repeat(2 << 20));
    quiet.refuses_changed(good, &long);
    let many: String = (0..1000)
        .map(|n| ["x-amz-meta-", &n.to_string(), ": b\r\n"].concat())
        .collect();
    quiet.refuses_changed(good, &format!("{good}{many}"));
    let path = format!("PUT /data/{} HTTP/1.1", "k".repeat(2 << 20));
    quiet.refuses_changed("PUT /data/k HTTP/1.1", &path);
}

/// Chunks whose size two readers could read differently.
#[test]
fn chunks_that_are_none() {
    chunks_are_refused(&["5x", "-5", "+5", "0x5", "fffffffffffffffff", "5 5"]);
}

#[track_caller]
fn chunks_are_refused(sizes: &[&str]) {
    let quiet = Quiet::new();
    for size in sizes {
        let request = quiet.house.request("PUT", "/data/k?acl");
        let request = request.header("transfer-encoding", "chunked");
        let mode = portico_sigv4::PayloadMode::Unsigned;
        let request = Keys::configured().sign_as(request, mode);
        let body = format!("{size}\r\n12345\r\n0\r\n\r\n{SMUGGLED}");
        let mut client = quiet.house.connect();
        let _ = client.try_send([request.head(), body.into_bytes()].concat());
        // The head was good, so the store has been asked; it must not see a whole request.
        let arrived = quiet.upstream.accept().request();
        assert!(arrived.is_err(), "{size:?}: {arrived:?}");
        let told = client.until_gone();
        let told = String::from_utf8_lossy(&told);
        assert!(!told.contains("HTTP/1.1 2"), "{size:?}: {told}");
    }
}

fn id_of(answer: &Answer) -> String {
    answer
        .header("x-amz-request-id")
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn a_request_id_is_repeated_only_when_it_is_harmless() {
    let house = House::hcp();
    let with = |id: &str| {
        let request = house.request("GET", &format!("/{BUCKET}/k"));
        house.ask(&request.header("x-request-id", id))
    };
    for id in ["abc-1_2.3:4", "0af7651916cd43dd8448eb211c80319c"] {
        let answer = with(id);
        assert_eq!(answer.element("RequestId"), id);
        assert_eq!(id_of(&answer), id);
    }
    let long = "a".repeat(129);
    for id in ["<b>", "a\"b", "a b", "a&b", "a%0d%0ab", long.as_str(), "é"] {
        let answer = with(id);
        assert_ne!(answer.element("RequestId"), id);
        let made = id_of(&answer);
        assert!(
            made.len() == 32 && made.bytes().all(|b| b.is_ascii_hexdigit()),
            "{made}"
        );
    }
}

/// Old health checks and proxies speak it: one request, one answer, and good-bye.
#[test]
fn http_1_0_is_served_once() {
    let house = House::hcp();
    house.store().put("k", "for old friends");
    let request = house.get(&house.keys("research"), &format!("/{BUCKET}/k"));
    let head = String::from_utf8(request.head()).expect("text");
    let mut client = house.connect();
    client.send(head.replacen("HTTP/1.1", "HTTP/1.0", 1) + SMUGGLED);
    let told = String::from_utf8(client.until_gone()).expect("text");
    assert_eq!(told.matches("HTTP/1.").count(), 1, "{told}");
    assert!(
        told.contains(" 200 OK\r\n") && told.ends_with("for old friends"),
        "{told}"
    );
    assert!(
        !told.to_ascii_lowercase().contains("transfer-encoding"),
        "{told}"
    );
}
