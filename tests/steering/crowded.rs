//! Too much at once is refused before any work, in the words of the door.

use portico_redis::testkit::until;

use super::figure;
use super::house::{Keys, Plan, Request, Upstream};

const ONE: &str = "portico_requests_refused_total{cause=\"requests_per_principal\"}";
const ALL: &str = "portico_requests_refused_total{cause=\"requests\"}";

#[test]
fn a_principal_has_so_many_streams_and_others_go_on() {
    let upstream = Upstream::start();
    let house = Plan::before(&upstream)
        .with("limits.requests_per_principal", 1)
        .open();
    let (mut client, mut peer) = house.begin_download(&upstream);
    let keys = Keys::configured();
    let refused = house.ask(&house.get(&keys, "/data/other"));
    assert_eq!(refused.error(), (503, "SlowDown".to_owned()));
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert!(upstream.is_left_alone());
    // Somebody else has places of their own.
    let ada = house.session(&house.token("username=ada&password=hush"));
    until("the exchange that told her keys is over", || {
        // What is left is the download, and whoever asks here.
        figure(&house, "portico_requests_in_flight") == Some(2.0)
    });
    let mut other = house.connect();
    other.send(house.get(&ada, "/data/k").bytes());
    let mut second = upstream.accept();
    second.request().expect("a request");
    second.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nhers");
    assert_eq!(other.answer().text(), "hers");
    assert_eq!(figure(&house, ONE), Some(1.0));
    // The stream ends, and its place is free.
    peer.send(super::house::END);
    client.exactly(super::house::END.len()).expect("the end");
    house.is_clean(&mut client, &mut peer);
}

#[test]
fn in_rest_a_principal_reads_429() {
    let upstream = Upstream::start();
    let house = Plan::before(&upstream)
        .with("limits.requests_per_principal", 1)
        .open();
    let ada = house.token("username=ada&password=hush");
    let list = || {
        let bearer = format!("Bearer {ada}");
        Request::new("GET", "/api/v1/buckets").header("authorization", bearer)
    };
    let waiting = house.begin_rest("localhost", list());
    let mut peer = upstream.accept();
    peer.request().expect("a request");
    let refused = house.rest(list());
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (429, Some("1"))
    );
    assert!(refused.json()["detail"].is_string(), "{refused:?}");
    drop((waiting, peer));
}

#[test]
fn beyond_the_limit_of_all_nobody_begins_but_health_and_operators() {
    let upstream = Upstream::start();
    let house = Plan::before(&upstream)
        .with("limits.max_requests", 1)
        .open();
    let (mut client, mut peer) = house.begin_download(&upstream);
    let refused = house.ask(&house.get(&Keys::configured(), "/data/other"));
    assert_eq!(refused.error(), (503, "SlowDown".to_owned()));
    assert_eq!(refused.header("retry-after"), Some("1"));
    let refused = house.log_in("username=ada&password=hush");
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (503, Some("1"))
    );
    assert_eq!(house.rest(Request::new("GET", "/liveness")).status, 200);
    assert_eq!(figure(&house, ALL), Some(2.0));
    peer.send(super::house::END);
    client.exactly(super::house::END.len()).expect("the end");
    // An exchange counts until its last line is written, a moment after its answer.
    until("there is room again", || {
        house.log_in("username=ada&password=hush").status == 200
    });
}
