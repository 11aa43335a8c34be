//! What HCP has accepted is known to the other replicas and after a restart, and a Redis that is away
//! harms nobody.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use house::{BUCKET, House, Keys, Plan, Request};
use portico_redis::testkit::{Server, until};

const DATA: &[u8] = b"some bytes that are worth keeping";

fn plan<'a>() -> Plan<'a> {
    Plan::hcp().with("route.domains", vec!["portico.test"])
}

fn open(plan: Plan<'_>) -> House {
    let house = plan.open();
    house.store().put("k", DATA);
    house
}

/// A request with HCP's own keys, and no token.
fn bare(house: &House) -> Request {
    let keys = Keys {
        token: None,
        ..house.keys("research")
    };
    let target = format!("/{BUCKET}/k");
    keys.sign(Request::new("GET", &target).header("host", "research.portico.test"))
}

/// Lets HCP accept the keys of the user once, beside a token.
fn learn(house: &House) {
    assert_eq!(house.ask(&bare(house)).status, 403, "nothing is known yet");
    let keys = house.keys("research");
    let answer = house.ask(&house.get(&keys, &format!("/{BUCKET}/k")));
    assert_eq!(answer.body, DATA);
    until("the keys are known", || {
        house.ask(&bare(house)).status == 200
    });
}

#[test]
fn what_one_replica_learns_the_others_know() {
    let redis = Server::start();
    let [one, other] = [plan(), plan()].map(|plan| {
        // What is asked in vain is not asked again for a while: the other one must not ask before.
        let plan = plan.with("redis.url", redis.url());
        open(plan.with("redis.timeout", "5s"))
    });
    learn(&one);
    until("Redis is told", || {
        redis
            .says(&["keys", "portico:keyring:*"])
            .contains("portico:keyring:")
    });
    assert_eq!(other.ask(&bare(&other)).body, DATA);
    let lines = other.portico.lines_with(1, |line| line["way"] == "keyring");
    assert_eq!(lines[0]["user"], "ada");

    let name = redis.says(&["keys", "*"]);
    let kept = redis.says(&["hgetall", name.trim()]);
    let keys = other.keys("research");
    for secret in [&keys.access_key, &keys.secret_key, &"research".to_owned()] {
        assert!(
            !name.contains(secret) && !kept.contains(secret),
            "{name} {kept}"
        );
    }
    let ends: i64 = redis.says(&["ttl", name.trim()]).trim().parse().unwrap();
    assert!((1..=12 * 3600).contains(&ends), "{ends}");
}

#[test]
fn a_redis_that_goes_away_harms_nobody() {
    let redis = Server::start();
    let house = open(plan().with("redis.url", redis.url()));
    learn(&house);
    drop(redis);
    let begin = Instant::now();
    for _ in 0..20 {
        assert_eq!(house.ask(&bare(&house)).body, DATA);
        let keys = house.keys("archive");
        assert_eq!(house.ask(&house.get(&keys, "/")).status, 200);
    }
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "{:?}",
        begin.elapsed()
    );
    house
        .portico
        .lines_with(1, |line| line["msg"] == "Redis is not used for the moment");
}

#[test]
fn a_redis_that_was_never_there_harms_nobody() {
    let house = open(plan().with("redis.url", "redis://127.0.0.1:1/"));
    learn(&house);
}

#[test]
fn a_restart_forgets_nothing_unless_told() {
    for (keep, status) in [(true, 200), (false, 403)] {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().to_str().unwrap();
        let plan = || {
            plan()
                .with("process.data_directory", place)
                .with("keyring.keep", keep)
        };
        let before = open(plan());
        learn(&before);
        let file = folder.path().join("keyring.sealed");
        if keep {
            until("the ring is kept", || file.exists());
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "for its owner alone");
            let sealed = std::fs::read(&file).unwrap();
            assert!(!String::from_utf8_lossy(&sealed).contains("research"));
        }
        drop(before);
        assert_eq!(file.exists(), keep);
        let after = open(plan());
        assert_eq!(after.ask(&bare(&after)).status, status, "keep = {keep}");
    }
}

#[test]
fn a_ring_that_does_not_open_is_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("keyring.sealed"),
        b"not a ring of ours, by far",
    )
    .unwrap();
    let house = open(plan().with("process.data_directory", folder.path().to_str().unwrap()));
    house
        .portico
        .lines_with(1, |line| line["msg"] == "the keyring begins empty");
    learn(&house);
}
