//! A store with several addresses: each gets its share, one that fails is passed over and comes
//! back, and nobody waits for it meanwhile.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use std::net::{SocketAddr, TcpListener};
use std::time::Instant;

use house::{
    House, Keys, PATIENCE, Plan, Process, Request, SECURED, Secured, Upstream, refusing, serve,
};
use serde_json::Value;

const OUT: &str = "an address of the store is out";
const BACK: &str = "an address of the store is back";

fn before<'a>(addresses: &[SocketAddr]) -> Plan<'a> {
    let all: Vec<_> = addresses.iter().map(SocketAddr::to_string).collect();
    Plan::before_nobody(addresses[0]).with("upstream.s3_addresses", all)
}

fn get(house: &House) -> Request {
    house.get(&Keys::configured(), "/data/k")
}

/// Waits for a line about an address.
#[track_caller]
fn line(portico: &Process, message: &str, address: SocketAddr) -> Value {
    let fits = |line: &Value| line["msg"] == message && line["address"] == address.to_string();
    portico.lines_with(1, fits).remove(0)
}

/// A figure about an address.
#[track_caller]
fn figure(house: &House, name: &str, labels: &str) -> Option<f64> {
    let metrics = house.admin(Request::new("GET", "/metrics")).text();
    let wanted = format!("{name}{{{labels}}} ");
    let found = metrics.lines().find_map(|line| line.strip_prefix(&wanted));
    found.map(|value| value.parse().expect("a number"))
}

fn healthy(house: &House, address: SocketAddr) -> Option<f64> {
    let label = format!("address=\"{address}\"");
    figure(house, "portico_upstream_address_healthy", &label)
}

#[test]
fn addresses_share_what_is_under_way() {
    let (one, two) = (Upstream::start(), Upstream::start());
    let house = before(&[one.address, two.address]).open();
    one.answer_probe();
    let mut clients: Vec<_> = (0..6).map(|_| house.connect()).collect();
    for client in &mut clients {
        client.send(get(&house).bytes());
    }
    for upstream in [&one, &two] {
        for _ in 0..3 {
            let mut peer = upstream.accept();
            peer.request().expect("a request");
            peer.answer_with("done");
        }
    }
    for client in &mut clients {
        assert_eq!(client.answer().text(), "done");
    }
    assert!(one.is_left_alone() && two.is_left_alone());
}

/// A slow address gets less: those that it still works on count.
#[test]
fn a_busy_address_is_left_alone() {
    let (one, two) = (Upstream::start(), Upstream::start());
    let house = before(&[one.address, two.address]).open();
    one.answer_probe();
    let (mut first, mut second) = (house.connect(), house.connect());
    let ask = |key: &str| {
        house
            .get(&Keys::configured(), &format!("/data/{key}"))
            .bytes()
    };
    first.send(ask("first"));
    second.send(ask("second"));
    let (mut slow, mut quick) = (one.accept(), two.accept());
    slow.request().expect("a request");
    let arrived = quick.request().expect("a request");
    quick.answer_with("quick");
    let (_waiting, mut client) = if arrived.head.line.contains("/second") {
        (first, second)
    } else {
        (second, first)
    };
    assert_eq!(client.answer().text(), "quick");
    for _ in 0..4 {
        client.send(get(&house).bytes());
        quick.request().expect("a request on the kept connection");
        quick.answer_with("again");
        assert_eq!(client.answer().text(), "again");
    }
    assert!(one.is_left_alone());
}

#[test]
fn a_dead_address_is_passed_over_until_it_is_back() {
    let (socket, dead) = refusing();
    let live = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let live_address = live.local_addr().expect("an address");
    serve(live, "live");
    let house = before(&[dead, live_address]).open();
    let put = house.put(&Keys::configured(), "/data/k", "data");
    for request in [get(&house), put, get(&house), get(&house)] {
        assert_eq!(house.ask(&request).text(), "live");
    }
    assert_eq!(line(&house.portico, OUT, dead)["cause"], "unreachable");
    assert_eq!(healthy(&house, dead), Some(0.0));
    assert_eq!(healthy(&house, live_address), Some(1.0));
    let labels = format!("address=\"{dead}\",cause=\"unreachable\"");
    let ejections = figure(&house, "portico_upstream_ejections_total", &labels);
    assert!(ejections >= Some(1.0), "{ejections:?}");

    socket.listen(16).expect("a socket that listens");
    serve(socket.into(), "back");
    let end = Instant::now() + PATIENCE;
    while house.ask(&get(&house)).text() != "back" {
        assert!(Instant::now() < end, "the address never comes back");
    }
    line(&house.portico, BACK, dead);
    assert_eq!(healthy(&house, dead), Some(1.0));
}

/// No request has to find out.
#[test]
fn checks_see_what_is_dead_and_what_is_back() {
    let (socket, dead) = refusing();
    let live = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let live_address = live.local_addr().expect("an address");
    serve(live, "live");
    let house = before(&[live_address, dead])
        .with("upstream.check_interval", "50ms")
        .open();
    line(&house.portico, OUT, dead);
    for _ in 0..4 {
        assert_eq!(house.ask(&get(&house)).text(), "live");
    }
    socket.listen(16).expect("a socket that listens");
    serve(socket.into(), "back");
    line(&house.portico, BACK, dead);
    let texts: Vec<_> = (0..2).map(|_| house.ask(&get(&house)).text()).collect();
    assert!(texts.contains(&"back".to_owned()), "{texts:?}");
}

/// It takes connections and says nothing; the others must get a part of the time.
#[test]
fn an_address_that_never_shakes_hands() {
    let folder = tempfile::tempdir().expect("a folder");
    let secured = Secured::start(folder.path(), SECURED, |_| {});
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let silent = (silent.local_addr().expect("an address"), silent);
    let endpoint = format!("https://{SECURED}:{}", secured.address.port());
    let authority = secured.authority.to_str().expect("text");
    let house = before(&[silent.0, secured.address])
        .with("upstream.s3_endpoint", endpoint)
        .with("upstream.ca_file", authority)
        .with("upstream.connect_timeout", "2s")
        .open();
    let put = house.put(&Keys::configured(), "/data/k", vec![7; 1 << 20]);
    for request in [get(&house), put.clone(), get(&house), put] {
        let answer = house.ask(&request);
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    line(&house.portico, OUT, silent.0);
}

/// The time to connect is for all of them together.
#[test]
fn no_address_shakes_hands() {
    let silent: Vec<_> = (0..3)
        .map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port"))
        .collect();
    let addresses = silent.iter().map(|it| it.local_addr().expect("an address"));
    let addresses: Vec<_> = addresses.collect();
    let house = before(&addresses)
        .with("upstream.s3_endpoint", format!("https://{SECURED}"))
        .with("upstream.connect_timeout", "1s")
        .open();
    let begin = Instant::now();
    let answer = house.ask(&get(&house));
    assert_eq!(answer.error(), (504, "ServiceUnavailable".to_owned()));
    // Three seconds, if each had all of it.
    assert!(begin.elapsed().as_millis() < 2500, "{:?}", begin.elapsed());
}

/// An only address is never refused to anybody, whatever it did before.
#[test]
fn an_only_address_that_was_dead() {
    let (socket, dead) = refusing();
    let house = before(&[dead]).open();
    for _ in 0..5 {
        assert_eq!(house.ask(&get(&house)).status, 503);
    }
    socket.listen(16).expect("a socket that listens");
    serve(socket.into(), "alive");
    assert_eq!(house.ask(&get(&house)).text(), "alive");
}
