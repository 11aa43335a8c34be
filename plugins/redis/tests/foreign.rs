//! What is no Redis, or no Redis yet.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod common;

use std::time::Instant;

use common::{BRIEF, LONG};
use portico_redis::{Redis, Unavailable};
use portico_sdk::shared::{RedisPlace, Sentinels, SharedRedis};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A server that says the same to every command (none of which holds a star but at its begin).
async fn parrot(words: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(repeat(stream, words));
        }
    });
    format!("redis://{address}")
}

async fn repeat(mut stream: TcpStream, words: &'static str) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        let commands = buffer[..read].split(|byte| *byte == b'*').count() - 1;
        let _ = stream.write_all(words.repeat(commands).as_bytes()).await;
    }
}

async fn said(words: &'static str) -> Unavailable {
    let redis = common::at(&parrot(words).await, LONG);
    let begin = Instant::now();
    let fault = common::ping(&redis).await.unwrap_err();
    assert!(begin.elapsed() < LONG / 2, "it waits for nothing");
    fault
}

#[tokio::test]
async fn nonsense_is_a_fault() {
    let fault = said("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    assert!(matches!(fault, Unavailable::Failed(_)), "{fault}");
}

#[tokio::test]
async fn a_server_that_loads_or_follows_is_away() {
    let fault = said("-LOADING Redis is loading the dataset in memory\r\n").await;
    assert_eq!(fault, Unavailable::Failed("it is still loading"));
    let fault = said("-READONLY You can't write against a read only replica.\r\n").await;
    assert_eq!(fault, Unavailable::Failed("it is a replica, and no master"));
}

#[tokio::test]
async fn a_server_without_a_disk_takes_no_writes() {
    let fault = said("-MISCONF Redis is configured to save RDB snapshots\r\n").await;
    assert!(matches!(fault, Unavailable::Unwritable(_)), "{fault}");
}

#[tokio::test]
async fn silence_ends_in_time_whatever_it_is_asked_as() {
    let url = parrot("").await;
    let sentinels = Sentinels {
        nodes: vec![url.as_str().into()],
        master: "mymaster".to_owned(),
        user: String::new(),
        password: "".into(),
        database: 0,
        tls: false,
    };
    for place in [
        RedisPlace::Single(url.as_str().into()),
        RedisPlace::Cluster(vec![url.as_str().into()]),
        RedisPlace::Sentinel(sentinels),
    ] {
        let shared = SharedRedis {
            place,
            timeout: BRIEF,
            ca_pem: None,
        };
        let redis = Redis::new(&shared).unwrap();
        let begin = Instant::now();
        assert_eq!(common::ping(&redis).await, Err(Unavailable::Slow));
        assert!(begin.elapsed() < BRIEF * 5, "{:?}", begin.elapsed());
    }
}
