//! A store that fails: nobody waits for it, and it is asked again by itself.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use portico_redis::testkit::until;

use super::figure;
use super::house::{Answer, House, Keys, Plan, Request, Upstream, refusing, serve};

const OPENED: &str = "an address of the store is given a rest";
const CLOSED: &str = "an address of the store is asked again";

fn get(house: &House) -> Answer {
    house.ask(&house.get(&Keys::configured(), "/data/k"))
}

/// Asks until the store is asked again, which the breaker alone decides.
#[track_caller]
fn until_well(house: &House, words: &str) {
    until("the store is asked again", || {
        let answer = get(house);
        let fine = answer.status == 200 && answer.text() == words;
        assert!(fine || matches!(answer.status, 503 | 504), "{answer:?}");
        fine
    });
}

/// The store takes connections and says nothing, which costs each caller the whole patience.
#[test]
fn a_silent_store_costs_a_few_callers_their_time_and_no_more() {
    let upstream = Upstream::start();
    let house = Plan::before(&upstream)
        .with("upstream.breaker_failures", 3)
        .with("upstream.breaker_rest", "1s")
        .with("upstream.response_timeout", "300ms")
        .open();
    for _ in 0..3 {
        assert_eq!(get(&house).error().0, 504);
    }
    house.portico.line(OPENED);
    let open = format!(
        "portico_upstream_breaker_open{{address=\"{}\"}}",
        upstream.address
    );
    assert_eq!(figure(&house, &open), Some(1.0));
    let began = Instant::now();
    let refused = get(&house);
    assert_eq!(refused.error(), (503, "ServiceUnavailable".to_owned()));
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert!(
        began.elapsed() < Duration::from_millis(250),
        "{:?}",
        began.elapsed()
    );
    // REST reaches the store by another way, and finds the same breaker.
    let login = house.token("username=ada&password=hush");
    let bearer = format!("Bearer {login}");
    let list = Request::new("GET", "/api/v1/buckets").header("authorization", bearer);
    let refused = house.rest(list);
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (503, Some("1"))
    );
    assert!(figure(&house, "portico_upstream_refused_total") >= Some(2.0));

    // From now on it answers: those that wait are ended, and whoever comes next is served.
    std::thread::spawn(move || {
        loop {
            let mut peer = upstream.accept();
            // Whoever has given up before is gone.
            if peer.request().is_ok() {
                let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nwell";
                let _ = peer.try_send(head);
            }
        }
    });
    until_well(&house, "well");
    house.portico.line(CLOSED);
    assert_eq!(figure(&house, &open), Some(0.0));
}

#[test]
fn an_address_that_refuses_is_left_alone_until_it_is_back() {
    let (socket, address) = refusing();
    let house = Plan::before_nobody(address)
        .with("upstream.breaker_failures", 2)
        .with("upstream.breaker_rest", "1s")
        .open();
    for _ in 0..3 {
        assert_eq!(get(&house).status, 503);
    }
    house.portico.line(OPENED);
    socket.listen(64).expect("a bound socket");
    serve(TcpListener::from(socket), "back");
    until_well(&house, "back");
    house.portico.line(CLOSED);
}
