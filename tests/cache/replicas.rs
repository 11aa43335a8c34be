//! Two processes with one Redis: what one writes the other's next read sees, and a Redis that is away
//! harms nobody.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use portico_redis::testkit::{Cluster, MASTER, Sealed, Server, Watched, until};

use super::house::{Answer, RESEARCH_PASSWORD};
use super::{BUCKET, House, Keys, Plan, Reader, keeping};

/// Two houses before one store, with one Redis.
fn open(redis: &Server, change: impl Fn(Plan<'static>) -> Plan<'static>) -> (House, House) {
    open_with(|plan| change(plan.with("redis.url", redis.url())))
}

fn open_with(plan: impl Fn(Plan<'static>) -> Plan<'static>) -> (House, House) {
    let one = plan(keeping()).open();
    let beside = Plan::beside(&one)
        .with("cache.enabled", true)
        .with("cache.s3_list_quiet", "0s");
    let other = plan(beside).open();
    (one, other)
}

fn same(plan: Plan<'static>) -> Plan<'static> {
    plan
}

/// Two readers with one identity, each by its own house.
fn readers<'a>(one: &'a House, other: &'a House) -> [Reader<'a>; 2] {
    let keys = one.keys("research");
    [one, other].map(|house| Reader {
        house,
        keys: keys.clone(),
    })
}

fn length(answer: &Answer) -> usize {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.header("content-length").unwrap().parse().unwrap()
}

fn put(reader: &Reader<'_>, length: usize) {
    let body = vec![b'x'; length];
    assert_eq!(reader.send(reader.request("PUT /k").body(body)).status, 200);
}

#[test]
fn what_one_has_read_the_other_need_not_ask_for() {
    let redis = Server::start();
    let (one, other) = open(&redis, same);
    one.store().put("k", b"twelve bytes");
    let [first, second] = readers(&one, &other);
    assert_eq!(length(&first.ask("HEAD /k")), 12);
    until("the answer is shared, and its lease is given back", || {
        let names = redis.says(&["keys", "*"]);
        names.contains(":v:") && !names.contains(":l:")
    });
    one.store().clear_requests();
    let answer = second.ask("HEAD /k");
    assert_eq!(length(&answer), 12);
    let said = answer.header("cache-status").unwrap();
    assert!(said.starts_with("portico; hit"), "{said}");
    assert!(one.store().arrived().is_empty());
}

#[test]
fn a_write_by_one_is_seen_by_the_next_read_of_the_other() {
    let redis = Server::start();
    let (one, other) = open(&redis, same);
    let [first, second] = readers(&one, &other);
    for round in 1..=100 {
        let (writer, reader) = if round % 2 == 0 {
            (&first, &second)
        } else {
            (&second, &first)
        };
        put(writer, round);
        assert_eq!(length(&reader.ask("HEAD /k")), round);
        assert_eq!(length(&writer.ask("HEAD /k")), round);
        let listed = reader.ask("GET .?list-type=2").text();
        assert!(
            listed.contains(&format!("<Size>{round}</Size>")),
            "{listed}"
        );
    }
    let asked = one.store().arrived();
    assert!(asked.len() < 100 * 5, "nothing was kept: {}", asked.len());
}

#[test]
fn a_cluster_is_as_good_as_one() {
    let cluster = Cluster::start();
    let (one, other) = open_with(|plan| {
        let plan = plan.with("redis.mode", "cluster");
        plan.with("redis.nodes", cluster.urls())
    });
    follow_each_other(&readers(&one, &other), 20);
}

#[test]
fn the_master_that_sentinels_name_is_as_good_as_one() {
    let watched = Watched::start("sesame");
    let (one, other) = open_with(|plan| {
        let plan = plan
            .with("redis.mode", "sentinel")
            .with("redis.master", MASTER)
            .with("redis.master_password", "sesame");
        plan.with("redis.nodes", vec![watched.sentinel.url()])
    });
    follow_each_other(&readers(&one, &other), 20);
}

#[test]
fn a_redis_behind_tls_is_as_good_as_one() {
    let sealed = Sealed::start();
    let authority = sealed.authority();
    let (one, other) = open_with(|plan| {
        let plan = plan.with("redis.url", sealed.url());
        plan.with("redis.ca_file", authority.to_str().unwrap())
    });
    follow_each_other(&readers(&one, &other), 20);
}

/// What one writes the other reads, and reads of both are kept.
fn follow_each_other(readers: &[Reader<'_>; 2], rounds: usize) {
    let [first, second] = readers;
    for round in 1..=rounds {
        put(first, round);
        assert_eq!(length(&second.ask("HEAD /k")), round);
        put(second, round + 100);
        assert_eq!(length(&first.ask("HEAD /k")), round + 100);
    }
    until("it is used", || {
        second.ask("HEAD /k");
        let said = first.ask("HEAD /k");
        said.header("cache-status")
            .unwrap()
            .starts_with("portico; hit")
    });
}

#[test]
fn with_messages_alone_the_other_follows_within_its_bound() {
    let redis = Server::start();
    let bounded = |plan: Plan<'static>| plan.with("cache.coherence", "bounded");
    let (one, other) = open(&redis, bounded);
    let [first, second] = readers(&one, &other);
    for round in 1..=20 {
        put(&first, round);
        assert_eq!(
            length(&first.ask("HEAD /k")),
            round,
            "its own writes at once"
        );
        until("the other has heard of it", || {
            length(&second.ask("HEAD /k")) == round
        });
    }
}

#[test]
fn a_refusal_of_one_drops_what_the_other_has() {
    let redis = Server::start();
    let (one, other) = open(&redis, same);
    one.store().put("k", b"twelve bytes");
    let [first, second] = readers(&one, &other);
    first.ask("HEAD /k");
    second.ask("HEAD /k");
    let status = hcp_simulator::Trouble::Status {
        status: 403,
        message: None,
    };
    let refusal = hcp_simulator::Fault::new(status).method(&http::Method::GET);
    one.store().add_fault(refusal.path("/k"));
    assert_eq!(first.ask("GET /k").status, 403);
    one.store().clear_requests();
    second.ask("HEAD /k");
    assert_eq!(one.store().arrived().len(), 1);
}

#[test]
fn what_lies_in_redis_tells_nobody_anything() {
    let redis = Server::start();
    let (one, other) = open(&redis, same);
    one.store().put("a-telling-name", b"twelve bytes");
    let [first, second] = readers(&one, &other);
    for reader in [&first, &second] {
        reader.ask("HEAD /a-telling-name");
        reader.ask("GET .?list-type=2");
    }
    let mut all = Vec::new();
    for name in redis.says(&["keys", "*"]).lines() {
        let kind = redis.says(&["type", name]);
        let value = match kind.trim() {
            "hash" => redis.says(&["hgetall", name]),
            _ => redis.says(&["get", name]),
        };
        all.push(format!("{name} {value}"));
    }
    assert!(all.len() > 4, "something is there");
    let all = all.join("\n");
    let keys: &Keys = &first.keys;
    for secret in [
        "a-telling-name",
        RESEARCH_PASSWORD,
        keys.secret_key.as_str(),
        keys.access_key.as_str(),
        BUCKET,
    ] {
        assert!(!all.contains(secret), "{secret}");
    }
}

/// Reads and writes through both until told to end, and counts the rounds; gives the longest wait.
fn load(readers: &[Reader<'_>; 2], end: &AtomicBool, rounds: &AtomicUsize) -> Duration {
    let (mut count, mut longest) = (0, Duration::ZERO);
    while !end.load(Ordering::Relaxed) {
        let [first, second] = readers;
        let begun = Instant::now();
        put(first, 1 + count % 50);
        longest = longest.max(begun.elapsed());
        for reader in [first, second] {
            let begun = Instant::now();
            assert_eq!(reader.ask("GET .?list-type=2").status, 200);
            assert_eq!(reader.ask("HEAD /k").status, 200);
            longest = longest.max(begun.elapsed());
        }
        count += 1;
        rounds.fetch_add(1, Ordering::Relaxed);
    }
    longest
}

/// What `trouble` does to Redis in the middle of load harms nobody, and it heals.
fn survives(trouble: impl FnOnce(&mut Server)) {
    let mut redis = Server::start();
    let (one, other) = open(&redis, same);
    let both = readers(&one, &other);
    put(&both[0], 7);
    let (end, rounds) = (AtomicBool::new(false), AtomicUsize::new(0));
    let goes_on = || {
        thread::sleep(Duration::from_millis(300));
        let so_far = rounds.load(Ordering::Relaxed);
        until("there is load", || {
            rounds.load(Ordering::Relaxed) > so_far + 4
        });
    };
    thread::scope(|scope| {
        let loads = [(); 2].map(|()| scope.spawn(|| load(&both, &end, &rounds)));
        goes_on();
        trouble(&mut redis);
        goes_on();
        end.store(true, Ordering::Relaxed);
        for load in loads {
            let longest = load.join().expect("no request failed");
            // Many times what Redis may take, because the machine may be busy.
            assert!(longest < Duration::from_secs(3), "{longest:?}");
        }
    });
    let [first, second] = &both;
    put(first, 60);
    assert_eq!(length(&second.ask("HEAD /k")), 60, "coherent afterwards");
    until("it is used again", || {
        second.ask("HEAD /k");
        let said = first.ask("HEAD /k");
        said.header("cache-status")
            .unwrap()
            .starts_with("portico; hit")
    });
    put(second, 61);
    assert_eq!(length(&first.ask("HEAD /k")), 61);
}

#[test]
fn redis_may_crash_and_come_back() {
    survives(|redis| {
        redis.kill();
        thread::sleep(Duration::from_millis(700));
        redis.restart();
    });
}

#[test]
fn redis_may_stand_still() {
    survives(|redis| {
        redis.pause();
        thread::sleep(Duration::from_millis(700));
        redis.resume();
    });
}

#[test]
fn redis_may_hold_garbage() {
    survives(|redis| {
        for name in redis.says(&["keys", "*"]).lines() {
            assert_eq!(redis.says(&["set", name, "garbage"]).trim(), "OK");
        }
    });
}

#[test]
fn redis_may_lose_everything() {
    survives(|redis| {
        assert_eq!(redis.says(&["flushall"]).trim(), "OK");
    });
}

#[test]
fn redis_may_be_full() {
    survives(|redis| {
        let limit = |bytes| {
            let said = redis.says(&["config", "set", "maxmemory", bytes]);
            assert_eq!(said.trim(), "OK");
        };
        limit("1");
        thread::sleep(Duration::from_millis(500));
        limit("0");
    });
}

#[test]
fn without_redis_a_write_is_not_forgotten_by_who_made_it() {
    let mut redis = Server::start();
    let (one, other) = open(&redis, same);
    let [first, second] = readers(&one, &other);
    put(&first, 5);
    assert_eq!(
        (
            length(&first.ask("HEAD /k")),
            length(&second.ask("HEAD /k"))
        ),
        (5, 5)
    );
    redis.pause();
    put(&first, 6);
    assert_eq!(length(&first.ask("HEAD /k")), 6);
    redis.resume();
    // It is told of the write before anything is given from what is kept.
    until("the first trusts Redis again", || {
        let answer = first.ask("HEAD /k");
        assert_eq!(length(&answer), 6);
        answer
            .header("cache-status")
            .unwrap()
            .starts_with("portico; hit")
    });
    assert_eq!(length(&second.ask("HEAD /k")), 6);
    redis.kill();
    put(&second, 8);
    assert_eq!(
        (
            length(&first.ask("HEAD /k")),
            length(&second.ask("HEAD /k"))
        ),
        (8, 8)
    );
}

#[test]
fn a_full_redis_hands_out_nothing_old() {
    let redis = Server::start();
    let (one, other) = open(&redis, same);
    let [first, second] = readers(&one, &other);
    put(&first, 5);
    let lengths = || [&first, &second].map(|reader| length(&reader.ask("HEAD /k")));
    assert_eq!(lengths(), [5, 5]);
    assert_eq!(
        redis.says(&["config", "set", "maxmemory", "1"]).trim(),
        "OK"
    );
    put(&first, 6);
    assert_eq!(length(&second.ask("HEAD /k")), 6);
    put(&second, 7);
    assert_eq!(lengths(), [7, 7]);
}
