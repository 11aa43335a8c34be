//! A crowd at the login of a generic store: hashing has its own places, and whoever finds none is told
//! to come back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use std::thread;

use house::{BUCKET, Connection, House, Plan, Request, Upstream, rule, user};

/// A hash of "hush" that takes a good part of a second.
const DEAR: &str = "$argon2id$v=19$m=65536,t=4,p=1$c2FsdCBvZiBhIGNyb3dkIQ$7OhCkhSvx6ZwTYD8gIpIUoCBRFblw8Z/ZD/C8zT2vTk";

/// More than the pool takes in: half of the cores work, and sixteen wait for each.
fn crowd() -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    (cores / 2).max(1) * 17 + 8
}

fn log_in(house: &House) -> Request {
    Request::new("POST", "/api/v1/auth/token")
        .header("host", house.api)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("username=ada&password=hush")
}

#[test]
fn a_crowd_is_sent_away_and_the_next_login_works() {
    let upstream = Upstream::start();
    let ada = user("ada", DEAR, vec![rule(&["*"], &[], false)]);
    let house = Plan::before(&upstream).users(vec![ada]).open();
    let token = house.token("username=ada&password=hush");

    let mut waiting: Vec<_> = (0..crowd()).map(|_| Connection::open(house.api)).collect();
    for client in &mut waiting {
        client.send(log_in(&house).bytes());
    }
    // Whoever is in already does not notice.
    let mut client = house.connect();
    let request = house.request("GET", &format!("/{BUCKET}/k"));
    client.send(
        request
            .header("authorization", format!("Bearer {token}"))
            .bytes(),
    );
    let mut peer = upstream.accept();
    peer.request().expect("a request");
    peer.answer_with("still served");
    assert_eq!(client.answer().text(), "still served");

    let answers: Vec<_> = waiting.iter_mut().map(|client| client.answer()).collect();
    let with = |status| {
        answers
            .iter()
            .filter(|answer| answer.status == status)
            .count()
    };
    assert!(with(200) > 0 && with(429) > 0, "{answers:?}");
    assert_eq!(with(200) + with(429), answers.len(), "{answers:?}");
    let refused = answers.iter().find(|answer| answer.status == 429).unwrap();
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
    house.token("username=ada&password=hush");
}
