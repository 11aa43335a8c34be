//! How large a body may be depends on what it is for.

use toml::Table;

use super::house::{House, Keys, Plan, Request, Upstream};

fn row(text: &str) -> Table {
    text.parse().expect("TOML")
}

fn house(upstream: &Upstream) -> House {
    let rows = vec![
        row("operation = 'PutObject'\nsize = '100B'"),
        row("door = 'rest'\npath = '/api/v1/auth/'\nsize = '20B'"),
    ];
    let plan = Plan::before(upstream).with("limits.body", rows);
    plan.with("limits.max_body_size", "50B").open()
}

#[test]
fn the_first_row_that_fits_counts_for_announced_bodies() {
    let upstream = Upstream::start();
    let house = house(&upstream);
    let keys = Keys::configured();
    let put = house.put(&keys, "/data/k", vec![b'x'; 101]);
    assert_eq!(house.ask(&put).error(), (400, "EntityTooLarge".to_owned()));
    let parts = keys.sign(
        house
            .request("POST", "/data/k?uploads")
            .body(vec![b'x'; 51]),
    );
    assert_eq!(
        house.ask(&parts).error(),
        (400, "EntityTooLarge".to_owned())
    );
    let mut client = house.connect();
    client.send(house.put(&keys, "/data/k", vec![b'x'; 100]).bytes());
    let mut peer = upstream.accept();
    assert_eq!(
        peer.request()
            .expect("a request")
            .body
            .map(|body| body.len()),
        Some(100)
    );
    peer.answer_with("kept");
    assert_eq!(client.answer().text(), "kept");
    let form = |length: usize| {
        let request = Request::new("POST", "/api/v1/auth/token")
            .header("content-type", "application/x-www-form-urlencoded");
        house.rest(request.body("x".repeat(length)))
    };
    let refused = form(21);
    assert_eq!(refused.status, 413);
    assert!(refused.json()["detail"].is_string(), "{refused:?}");
    assert_eq!(form(20).status, 422);
}

#[test]
fn and_for_those_that_come_in_chunks() {
    let upstream = Upstream::start();
    let house = house(&upstream);
    let ask = |length: usize| {
        let request = Request::new("POST", "/api/v1/auth/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("transfer-encoding", "chunked");
        let mut client = super::house::Connection::open(house.api);
        client.send(request.header("host", house.api).bytes());
        client.send(super::house::http_chunks(&vec![b'x'; length], 7));
        client.answer().status
    };
    assert_eq!((ask(20), ask(21)), (422, 413));
}
