//! A client of a test's own.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "not every file of tests needs all of it"
)]

use std::time::{Duration, Instant};

use portico_redis::testkit::{PATIENCE, Server};
use portico_redis::{Batch, Redis, Unavailable};
use portico_sdk::shared::SharedRedis;

/// Where every answer is awaited, on a busy machine.
pub const LONG: Duration = Duration::from_secs(20);

/// Where the time is to run out.
pub const BRIEF: Duration = Duration::from_millis(200);

pub fn redis(server: &Server, timeout: Duration) -> Redis {
    at(&server.url(), timeout)
}

pub fn at(url: &str, timeout: Duration) -> Redis {
    Redis::new(&SharedRedis::single(url, timeout)).unwrap()
}

/// Writes and reads.
pub async fn ping(redis: &Redis) -> Result<(), Unavailable> {
    let mut batch = Batch::new();
    batch
        .set("ping", b"pong", Duration::from_mins(1))
        .get("ping");
    let mut answers = redis.send(batch).await;
    answers.take::<()>()?;
    assert_eq!(answers.take::<String>()?, "pong");
    Ok(())
}

/// Asks until it answers; no single question takes much longer than it may.
pub async fn works_again(redis: &Redis) {
    let end = Instant::now() + PATIENCE;
    while let Err(fault) = ping(redis).await {
        assert!(Instant::now() < end, "in vain: {fault}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
