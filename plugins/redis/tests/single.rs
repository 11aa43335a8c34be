//! One server: what it answers, what it refuses, and what it is worth when it is slow or gone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod common;

use std::time::{Duration, Instant};

use common::{BRIEF, LONG, redis, works_again};
use portico_redis::testkit::Server;
use portico_redis::{Batch, Script, Unavailable};
use redis::Pipeline;

#[tokio::test]
async fn a_batch_answers_in_its_order() {
    let server = Server::start();
    let redis = redis(&server, LONG);
    let add = Script::new("return redis.call('INCRBY', KEYS[1], ARGV[1])");
    let life = Duration::from_mins(1);
    let mut batch = Batch::new();
    batch
        .set("k", b"v", life)
        .get("k")
        .get("absent")
        .script(&add, "n", 5)
        .script(&add, "n", 2)
        .set_new("lease", b"mine", life)
        .set_new("lease", b"yours", life);
    let mut answers = redis.send(batch).await;
    answers.take::<()>().unwrap();
    assert_eq!(answers.take::<Option<Vec<u8>>>(), Ok(Some(b"v".to_vec())));
    assert_eq!(answers.take::<Option<Vec<u8>>>(), Ok(None));
    assert_eq!(
        answers.take::<i64>(),
        Ok(5),
        "a script that nobody had loaded"
    );
    assert_eq!(answers.take::<i64>(), Ok(7));
    assert_eq!(answers.take::<bool>(), Ok(true));
    assert_eq!(answers.take::<bool>(), Ok(false));
    assert!(answers.take::<bool>().is_err(), "nothing is left");
    let ends: u64 = server.says(&["pttl", "lease"]).trim().parse().unwrap();
    assert!((1..=60_000).contains(&ends), "{ends}");
}

#[tokio::test]
async fn a_refused_command_harms_no_other() {
    let server = Server::start();
    let redis = redis(&server, LONG);
    let _ = server.says(&["rpush", "list", "x"]);
    for _ in 0..3 {
        let mut batch = Batch::new();
        batch.get("list").get("absent");
        let mut answers = redis.send(batch).await;
        let refused = answers.take::<Vec<u8>>();
        assert_eq!(
            refused,
            Err(Unavailable::Refused("a key holds another type"))
        );
        assert_eq!(answers.take::<Option<Vec<u8>>>(), Ok(None));
    }
    let mut commands = Pipeline::new();
    commands.set("k", "words");
    redis.run::<()>(&commands).await.unwrap();
    let mut commands = Pipeline::new();
    commands.get("k");
    let of_another_type = redis.run::<(i64,)>(&commands).await;
    assert!(matches!(of_another_type, Err(Unavailable::Refused(_))));
    assert_eq!(redis.run::<(String,)>(&commands).await.unwrap().0, "words");
}

#[tokio::test]
async fn a_full_server_is_still_read() {
    let server = Server::start();
    let redis = redis(&server, LONG);
    let _ = server.says(&["set", "k", "v"]);
    assert_eq!(
        server.says(&["config", "set", "maxmemory", "1"]).trim(),
        "OK"
    );
    for _ in 0..3 {
        let mut batch = Batch::new();
        batch.set("new", b"v", Duration::from_secs(1)).get("k");
        let mut answers = redis.send(batch).await;
        let full = answers.take::<()>();
        assert!(matches!(full, Err(Unavailable::Unwritable(_))), "{full:?}");
        assert_eq!(answers.take::<String>().as_deref(), Ok("v"));
    }
    let mut commands = Pipeline::new();
    commands.set("new", "v").ignore().get("k");
    for _ in 0..2 {
        let full = redis.run::<()>(&commands).await;
        assert!(matches!(full, Err(Unavailable::Unwritable(_))), "{full:?}");
        commands.atomic();
    }
}

/// What a cache asks of it under load.
#[tokio::test]
async fn a_hiccup_under_load_costs_the_shortest_pause() {
    let server = Server::start();
    let redis = redis(&server, BRIEF);
    redis.connect().await.unwrap();
    works_again(&redis).await;
    server.pause();
    let calls = (0..100).map(|_| common::ping(&redis));
    for fault in futures_util::future::join_all(calls).await {
        assert_eq!(fault, Err(Unavailable::Slow));
    }
    server.resume();
    let begin = Instant::now();
    works_again(&redis).await;
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "{:?}",
        begin.elapsed()
    );
}

#[tokio::test]
async fn a_paused_server_costs_one_wait() {
    let server = Server::start();
    let redis = redis(&server, BRIEF);
    works_again(&redis).await;
    server.pause();
    let begin = Instant::now();
    assert_eq!(common::ping(&redis).await, Err(Unavailable::Slow));
    assert!(begin.elapsed() < BRIEF * 5, "{:?}", begin.elapsed());
    for _ in 0..100 {
        assert_eq!(common::ping(&redis).await, Err(Unavailable::Paused));
    }
    server.resume();
    works_again(&redis).await;
}

#[tokio::test]
async fn a_server_that_was_killed_is_found_again() {
    let mut server = Server::start();
    let redis = redis(&server, BRIEF);
    works_again(&redis).await;
    server.kill();
    let gone = common::ping(&redis).await;
    assert!(gone.is_err_and(|fault| fault.is_away()));
    server.restart();
    works_again(&redis).await;
}

#[tokio::test]
async fn a_wrong_password_is_told_and_repeated_nowhere() {
    let server = Server::with(|_| ["--requirepass", "right"].map(str::to_owned).to_vec());
    let address = server.url().replace("//", "//:hush-hush@");
    let redis = common::at(&address, LONG);
    let refused = common::ping(&redis).await.unwrap_err();
    assert!(refused.to_string().contains("password"), "{refused}");
    assert!(!format!("{refused:?} {redis:?}").contains("hush"));
    let mine = common::at(&server.url().replace("//", "//:right@"), LONG);
    works_again(&mine).await;
}
