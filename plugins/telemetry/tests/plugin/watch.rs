//! The watch over the store, against stores on loopback.

use std::net::SocketAddr;
use std::time::Duration;

use portico_sdk::plugin::Built;
use portico_sdk::settings;
use portico_sdk::upstream::{Backend, Upstream, Upstreams};
use portico_telemetry::Settings;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::house::{built, nowhere};

/// A store of the S3 kind, without TLS, at this address.
fn storage(address: Option<SocketAddr>) -> Upstreams {
    let mut upstreams = nowhere();
    upstreams.backend = Backend::Generic;
    upstreams.domain = None;
    upstreams.s3_endpoint =
        address.map(|address| Upstream::new("store.invalid", 80, false, [address].into()));
    upstreams
}

fn impatient() -> Settings {
    Settings {
        probe_interval: settings::Duration(Duration::from_millis(5)),
        ..Settings::default()
    }
}

fn start(built: &mut Built) {
    for task in built.background.drain(..) {
        tokio::spawn((task.start)());
    }
}

/// Waits until the check says so; a test that waits for ever is ended by its runner.
async fn until(built: &Built, name: &str, word: &str) {
    while built.services.readiness.checks()[name].word != word {
        tokio::task::yield_now().await;
    }
}

/// Answers 403 until told to stop, and tells what it was asked.
async fn store(listener: TcpListener, asked: mpsc::UnboundedSender<String>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut head = vec![0; 4096];
        let length = stream.read(&mut head).await.unwrap();
        let head = String::from_utf8_lossy(&head[..length]).into_owned();
        let answer = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(answer).await.unwrap();
        if asked.send(head).is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn any_answer_makes_the_store_reachable_until_there_is_none() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut built = built(impatient(), storage(Some(address)));
    assert!(
        !built.services.readiness.is_ready(),
        "not before it is known"
    );
    let (sender, mut asked) = mpsc::unbounded_channel();
    tokio::spawn(store(listener, sender));
    start(&mut built);

    until(&built, "storage", "reachable").await;
    assert!(built.services.readiness.is_ready());
    let head = asked.recv().await.unwrap().to_ascii_lowercase();
    assert!(head.starts_with("get / http/1.1\r\n"), "{head}");
    assert!(head.contains("\r\nhost: store.invalid\r\n"), "{head}");
    assert!(!head.contains("authorization"), "{head}");

    drop(asked);
    until(&built, "storage", "unreachable").await;
    assert!(!built.services.readiness.is_ready());
}

#[tokio::test]
async fn a_silent_store_is_out_of_reach() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut settings = impatient();
    settings.probe_timeout = settings::Duration(Duration::from_millis(500));
    let address = listener.local_addr().unwrap();
    let mut built = built(settings, storage(Some(address)));
    // The first answer is good, so that the word can change back.
    start(&mut built);
    let (mut stream, _) = listener.accept().await.unwrap();
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let mut head = [0; 4096];
    assert!(stream.read(&mut head).await.unwrap() > 0);
    stream.write_all(answer).await.unwrap();
    until(&built, "storage", "reachable").await;
    until(&built, "storage", "unreachable").await;
}

#[tokio::test]
async fn without_an_endpoint_there_is_nobody_to_ask() {
    let mut built = built(impatient(), storage(None));
    for task in built.background.drain(..) {
        (task.start)().await;
    }
    let check = built.services.readiness.checks()["storage"];
    assert_eq!((check.word, check.ready), ("unconfigured", false));
}
