//! Clients that are slow, many or greedy: each limit ends them, and nobody else notices.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use portico_redis::testkit::until;

use house::{Connection, House, Keys, PATIENCE, Plan, Request, Upstream, http_chunks};

/// Short enough that a story need not wait, long enough for a busy machine to answer in.
const LIMIT: Duration = Duration::from_millis(1500);

fn alive() -> Request {
    Request::new("GET", "/liveness").header("host", "x")
}

/// Sends one byte after the other, each in time, until the connection is gone.
#[track_caller]
fn trickle(mut socket: TcpStream, bytes: &[u8]) -> (Duration, Vec<u8>) {
    let pace = Duration::from_millis(50);
    socket.set_read_timeout(Some(pace)).unwrap();
    let began = Instant::now();
    let mut bytes = bytes.iter().cycle();
    let mut told = Vec::new();
    while began.elapsed() < PATIENCE {
        let byte = [*bytes.next().unwrap()];
        let sent = socket.write_all(&byte);
        let mut piece = [0; 4096];
        // Waiting for an answer is the pace.
        match socket.read(&mut piece) {
            Ok(0) => return (began.elapsed(), told),
            Ok(count) => told.extend(&piece[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => return (began.elapsed(), told),
        }
        if sent.is_err() {
            return (began.elapsed(), told);
        }
    }
    panic!("the connection stays open");
}

#[track_caller]
fn ended_in_time(address: SocketAddr, bytes: &[u8]) {
    let (after, told) = trickle(Connection::open(address).writer(), bytes);
    assert!(after > LIMIT / 2 && after < LIMIT * 4, "{after:?}");
    assert!(told.is_empty(), "{:?}", String::from_utf8_lossy(&told));
}

#[track_caller]
fn refused(house: &House, listener: &str, cause: &str) -> u32 {
    let metrics = house.admin(Request::new("GET", "/metrics")).text();
    let name =
        format!("portico_connections_refused_total{{cause=\"{cause}\",listener=\"{listener}\"}} ");
    let value = metrics.lines().find_map(|line| line.strip_prefix(&name));
    value.map_or(0, |value| value.parse().unwrap())
}

/// Its connection is closed before it is counted.
fn counted(house: &House, listener: &str, cause: &str) {
    until("it is counted", || refused(house, listener, cause) == 1);
}

/// The engine's own limit is on each read, and every one of these is in time.
#[test]
fn a_head_has_one_time_for_all_of_it() {
    let house = Plan::hcp().with("limits.header_timeout", "1500ms").open();
    ended_in_time(
        house.s3,
        b"GET / HTTP/1.1\r\nX-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    );
    counted(&house, "s3", "header_timeout");
    // On a kept connection the time begins with the first byte.
    let mut kept = Connection::open(house.api);
    assert_eq!(kept.ask(&alive()).status, 200);
    let (after, told) = trickle(kept.writer(), b"a");
    assert!(after < LIMIT * 4, "{after:?}");
    assert!(told.is_empty());
    counted(&house, "api", "header_timeout");
    until("nobody is connected", || {
        let metrics = house.admin(Request::new("GET", "/metrics")).text();
        metrics.contains("portico_connections{listener=\"s3\"} 0")
    });
}

#[test]
fn handshakes_and_preambles_have_the_same_time() {
    let made = rcgen::generate_simple_self_signed(vec!["hcp.test".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let house = Plan::hcp()
        .with("limits.header_timeout", "1500ms")
        .with("listeners.s3.certificate", file("c.pem", made.cert.pem()))
        .with(
            "listeners.s3.key",
            file("k.pem", made.signing_key.serialize_pem()),
        )
        .with("listeners.trusted_proxies", vec!["127.0.0.1"])
        .with("listeners.api.proxy_protocol", true)
        .open();
    // The beginning of a ClientHello that is long.
    ended_in_time(house.s3, &[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]);
    ended_in_time(
        house.api,
        b"PROXY UNKNOWN                                             ",
    );
    let silent = Connection::open(house.s3).until_gone();
    assert!(silent.is_empty());
}

/// A body may take its time as long as something comes.
#[test]
fn a_body_that_stops_is_given_up() {
    let upstream = Upstream::start();
    let house = Plan::before(&upstream)
        .with("limits.read_timeout", "500ms")
        .open();
    let request = house.put(&Keys::configured(), "/data/k", "12345");
    let mut client = house.connect();
    client.send([request.head(), b"123".to_vec()].concat());
    let cut = upstream.accept().request();
    assert!(cut.is_err(), "{cut:?}");
    let told = String::from_utf8(client.until_gone()).unwrap();
    assert!(!told.contains(" 200 "), "{told}");
}

#[test]
fn an_exchange_that_never_ends_is_ended() {
    let upstream = Upstream::start();
    let house = Plan::before(&upstream)
        .with("limits.total_timeout", "1500ms")
        .open();
    let body = vec![b'a'; 100_000];
    let request = house.put(&Keys::configured(), "/data/k", body);
    let mut client = house.connect();
    client.send(request.head());
    let (after, told) = trickle(client.writer(), b"a");
    assert!(after < LIMIT * 4, "{after:?}");
    assert!(!String::from_utf8_lossy(&told).contains(" 200 "));
    assert!(upstream.accept().request().is_err());

    // And so is a download.
    let mut client = house.connect();
    client.send(house.get(&Keys::configured(), "/data/k").bytes());
    let mut peer = upstream.accept();
    peer.request().expect("a request");
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    let (after, _) = trickle(peer.writer(), b"a");
    assert!(after < LIMIT * 4, "{after:?}");
    let answer = client.try_answer("GET");
    assert!(answer.is_err(), "{answer:?}");
}

#[test]
fn an_address_has_so_many_connections_and_no_more() {
    let house = Plan::hcp().with("limits.connections_per_address", 8).open();
    // The log of the start was read over none; every one is asked, so that all are there.
    let mut open: Vec<_> = (0..8).map(|_| Connection::open(house.api)).collect();
    for client in &mut open {
        assert_eq!(client.ask(&alive()).status, 200);
    }
    for _ in 0..3 {
        let mut more = Connection::open(house.s3);
        let _ = more.try_send(alive().bytes());
        assert!(more.until_gone().is_empty());
    }
    assert_eq!(open[0].ask(&alive()).status, 200);
    // Those that go make room, as soon as Portico has noticed.
    drop(open);
    let began = Instant::now();
    let mut next = Connection::open(house.api);
    while next.try_send(alive().bytes()).is_err() || next.try_answer("GET").is_err() {
        assert!(began.elapsed() < PATIENCE, "there is no room");
        next = Connection::open(house.api);
    }
    assert_eq!(next.ask(&alive()).status, 200);
    let metrics = Request::new("GET", "/metrics").header("host", "x");
    let metrics = Connection::open(house.admin).ask(&metrics).text();
    let counted =
        "portico_connections_refused_total{cause=\"connections_per_address\",listener=\"s3\"} 3";
    assert!(metrics.contains(counted), "{metrics}");
}

#[test]
fn the_house_has_so_many_connections_and_no_more() {
    let house = Plan::hcp().with("limits.max_connections", 4).open();
    let mut open: Vec<_> = (0..4).map(|_| Connection::open(house.api)).collect();
    for client in &mut open {
        assert_eq!(client.ask(&alive()).status, 200);
    }
    assert!(Connection::open(house.api).until_gone().is_empty());
    for client in &mut open {
        assert_eq!(client.ask(&alive()).status, 200);
    }
}

#[test]
fn a_head_that_is_too_large_is_told_so() {
    let upstream = Upstream::start();
    let house = Plan::before(&upstream)
        .with("limits.max_header_size", "8KiB")
        .open();
    let with = |size: usize| {
        let request = house.request("GET", "/data/k");
        Keys::configured().sign(request.header("x-amz-meta-a", "b".repeat(size)))
    };
    let mut client = house.connect();
    client.send(with(7000).bytes());
    let mut peer = upstream.accept();
    peer.request().expect("a request");
    peer.answer_with("");
    assert_eq!(client.answer().status, 200);
    drop((client, peer));
    let answer = house.ask(&with(9000));
    assert_eq!(
        answer.error(),
        (400, "RequestHeaderSectionTooLarge".to_owned())
    );
    let long = format!("/liveness?{}", "a".repeat(9000));
    assert_eq!(house.rest(Request::new("GET", &long)).status, 431);
    // One without an end is not read to its end.
    let mut endless = house.connect();
    let _ = endless.try_send("GET / HTTP/1.1\r\nX: ");
    let _ = endless.try_send("a".repeat(1 << 20));
    assert_eq!(endless.answer().status, 431);
    assert!(endless.until_gone().is_empty());
    assert!(upstream.is_left_alone());
}

#[test]
fn a_body_that_is_too_large_reaches_nobody() {
    let upstream = Upstream::start();
    let house = Plan::before(&upstream)
        .with("limits.max_body_size", "1KiB")
        .open();
    let keys = Keys::configured();
    let answer = house.ask(&house.put(&keys, "/data/k", vec![1; 1025]));
    assert_eq!(answer.error(), (400, "EntityTooLarge".to_owned()));
    assert!(upstream.is_left_alone());

    // What has no length is counted on its way.
    let request = house.request("PUT", "/data/k?acl");
    let request = request.header("transfer-encoding", "chunked");
    let mut request = keys.sign_as(request, portico_sigv4::PayloadMode::Unsigned);
    request.body = http_chunks(&[b'a'; 5000], 100);
    let mut client = house.connect();
    let _ = client.try_send(request.bytes());
    assert!(upstream.accept().request().is_err());
    assert_eq!(client.answer().error(), (400, "EntityTooLarge".to_owned()));
}

#[test]
fn a_form_that_is_too_large_is_not_read() {
    let house = Plan::hcp().with("limits.max_body_size", "1KiB").open();
    let form = |kind: &str| {
        let bearer = format!("Bearer {}", house.login("research"));
        let form = Request::new("POST", "").header("content-type", kind);
        form.header("authorization", bearer)
    };
    for (target, kind) in [
        ("/api/v1/auth/token", "application/x-www-form-urlencoded"),
        ("/api/v1/auth/token", "multipart/form-data; boundary=aaa"),
        ("/api/v1/presign", "application/json"),
    ] {
        let mut form = form(kind);
        target.clone_into(&mut form.target);
        let mut chunked = form.clone().header("transfer-encoding", "chunked");
        chunked.body = http_chunks(&[b'a'; 5000], 100);
        for request in [form.body(vec![b'a'; 1025]), chunked] {
            let answer = house.rest(request);
            assert_eq!(answer.status, 413, "{target} {kind} {answer:?}");
            assert!(answer.json()["detail"].is_string(), "{answer:?}");
        }
    }
}
