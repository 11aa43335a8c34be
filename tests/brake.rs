//! Guessing gets slow, whatever is guessed, and nobody else notices.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use house::{Answer, BUCKET, Connection, House, Keys, Plan, Request, Upstream};
use socket2::{Domain, Socket, Type};

/// Two are free, one second is owed for each that follows, two at most in one go.
fn braked(plan: Plan<'_>) -> House {
    plan.with("limits.failed_proofs_burst", 2)
        .with("limits.failed_proofs_per_minute", 60)
        .with("limits.slow_down_at_most", "2s")
        .open()
}

/// A connection from another address of this machine.
fn from(client: &str, to: SocketAddr) -> Connection {
    let client: IpAddr = client.parse().unwrap();
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::new(client, 0).into()).unwrap();
    socket.connect(&to.into()).unwrap();
    Connection::over(socket.into())
}

/// How long the house took to say this.
fn timed(client: &mut Connection, request: &Request) -> (Answer, Duration) {
    let before = Instant::now();
    let answer = client.ask(request);
    (answer, before.elapsed())
}

/// Guesses from one address, many at once: the answers get slower and slower, and then the address is
/// refused unseen, whatever it sends.
#[track_caller]
fn guess(to: SocketAddr, request: &Request, status: u16, refused: u16) {
    let mut crowd: Vec<_> = (0..12).map(|_| Connection::open(to)).collect();
    let before = Instant::now();
    for client in &mut crowd {
        client.send(request.bytes());
    }
    let mut answers: Vec<_> = crowd.iter_mut().map(|client| client.answer()).collect();
    let held = before.elapsed();
    assert!(held >= Duration::from_millis(1900), "{held:?}");
    // Those who came while nobody had failed yet were all let in, if they all came so early.
    answers.push(crowd[0].ask(request));
    let is = |status| move |answer: &&Answer| answer.status == status;
    let unseen: Vec<_> = answers.iter().filter(is(refused)).collect();
    let seen = answers.iter().filter(is(status)).count();
    assert!(seen >= 4 && !unseen.is_empty(), "{answers:?}");
    assert_eq!(seen + unseen.len(), answers.len(), "{answers:?}");
    for answer in unseen {
        let seconds = answer.header("retry-after").expect("a time to come back");
        assert!(seconds.parse::<u64>().unwrap() >= 2, "{answer:?}");
    }
}

fn login(house: &House, password: &str) -> Request {
    Request::new("POST", "/api/v1/auth/token")
        .header("host", house.api)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("username=ada&password={password}"))
}

#[test]
fn guessing_a_password_gets_slow_and_a_good_login_from_elsewhere_does_not() {
    let upstream = Upstream::start();
    let house = braked(Plan::before(&upstream));
    guess(house.api, &login(&house, "guess"), 401, 429);
    let right = Connection::open(house.api).ask(&login(&house, "hush"));
    assert_eq!(right.status, 429, "not even the right one");
    let mut other = from("127.0.0.2", house.api);
    let (answer, wait) = timed(&mut other, &login(&house, "hush"));
    assert_eq!(answer.status, 200);
    assert!(wait < Duration::from_secs(1), "{wait:?}");
    // The user is slowed down too: a guess from elsewhere is not free.
    let (answer, wait) = timed(&mut other, &login(&house, "guess"));
    assert_eq!(answer.status, 401);
    assert!(wait > Duration::from_secs(1), "{wait:?}");
    let metrics = house.admin(Request::new("GET", "/metrics")).text();
    let count = |name: &str| {
        let line = metrics
            .lines()
            .find(|line| line.starts_with(name))
            .expect(name);
        line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()
    };
    assert!(count("portico_failed_proofs_total{way=\"login\"}") >= 5);
    assert!(count("portico_slowed_total") >= 4);
    assert!(upstream.is_left_alone());
}

#[test]
fn guessing_a_signature_gets_slow() {
    let house = braked(Plan::hcp());
    let good = house.keys("research");
    let wrong = Keys {
        secret_key: "guess".to_owned(),
        ..good.clone()
    };
    let list = format!("/{BUCKET}");
    let mut other = from("127.0.0.2", house.s3);
    guess(house.s3, &house.get(&wrong, &list), 403, 503);
    let (answer, wait) = timed(&mut other, &house.get(&good, &list));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(wait < Duration::from_secs(1), "{wait:?}");
}

#[test]
fn guessing_a_token_gets_slow() {
    let house = braked(Plan::hcp());
    let request = house
        .request("GET", "/")
        .header("authorization", "Bearer a.b.c");
    guess(house.s3, &request, 400, 503);
    let health = house.rest(Request::new("GET", "/liveness"));
    assert_eq!(health.status, 200, "what is open stays open");
}

#[test]
fn what_the_store_refuses_is_a_guess_too() {
    let house = braked(Plan::hcp());
    let token = house.token("username=ada&password=guess&tenant=research");
    let keys = house.session(&token);
    let list = house.get(&keys, &format!("/{BUCKET}"));
    let refused = (0..20).any(|_| house.ask(&list).error().1 == "SlowDown");
    assert!(refused, "guesses through a login were never refused");
}

#[test]
fn expired_tokens_and_closed_doors_are_no_guesses() {
    let house = braked(Plan::hcp());
    let keys = house.keys("research");
    let old = std::time::SystemTime::now() - house::hours(1);
    let skewed = keys.sign_at(
        house.request("GET", "/"),
        portico_sigv4::PayloadMode::Unsigned,
        old,
    );
    let anonymous = house.request("GET", &format!("/{BUCKET}"));
    for request in [skewed, anonymous] {
        for _ in 0..6 {
            assert_eq!(house.ask(&request).status, 403);
        }
    }
    assert_eq!(
        house.ask(&house.get(&keys, &format!("/{BUCKET}"))).status,
        200
    );
}
