//! Where the client connects, what it sends, and what it makes of a store that fails.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::store::{Identity, Store, dead, fetch, get, misbehaving, rules, upstream};
use bytes::Bytes;
use http::{Request, Version};
use portico_clients::Client;
use portico_sdk::error::chain;
use portico_sdk::upstream::Upstream;
use portico_sdk::{Error, Reason, body};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const SHORT: Duration = Duration::from_millis(50);

fn client() -> Client {
    Client::new(&rules()).unwrap()
}

#[tokio::test]
async fn target_and_host_arrive_as_given() {
    let store = Store::plain().await;
    let place = upstream(false, &[store.address]);
    let seen = fetch(&client(), &place, get("/a%20b/%C3%A5?x=%2F&y")).await;
    assert!(
        seen.unwrap()
            .starts_with("GET /a%20b/%C3%A5?x=%2F&y HTTP/1.1\ntenant.store.invalid\n")
    );
    let place = Upstream::new(
        "tenant.store.invalid",
        9090,
        false,
        place.addresses().clone(),
    );
    let seen = fetch(&client(), &place, get("/")).await.unwrap();
    assert!(seen.contains("\ntenant.store.invalid:9090\n"), "{seen}");

    let mut own = get("https://elsewhere.invalid/p?q");
    own.headers_mut()
        .insert("host", "own.invalid".parse().unwrap());
    *own.version_mut() = Version::HTTP_2;
    let seen = fetch(&client(), &place, own).await.unwrap();
    assert!(
        seen.starts_with("GET /p?q HTTP/1.1\nown.invalid\n"),
        "{seen}"
    );
}

#[tokio::test]
async fn bodies_are_streamed_both_ways() {
    let store = Store::plain().await;
    let (writer, source) = body::channel();
    tokio::spawn(async move {
        writer.write(Bytes::from_static(b"ab")).await;
        writer.write(Bytes::from_static(b"cd")).await;
    });
    let request = Request::put("/k").body(source).unwrap();
    let seen = fetch(&client(), &upstream(false, &[store.address]), request).await;
    assert!(seen.unwrap().contains("\nabcd\n"));
}

#[tokio::test]
async fn a_redirect_is_an_answer_like_any_other() {
    let store = Store::plain().await;
    let place = upstream(false, &[store.address]);
    let response = client().send(&place, get("/moved")).await.unwrap();
    assert_eq!(response.status(), 302);
    assert_eq!(response.headers()["location"], "/elsewhere");
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let store = Store::tls(Identity::issued("x.invalid")).await;
    let place = upstream(true, &[store.address]);
    let client = client();
    for _ in 0..3 {
        fetch(&client, &place, get("/")).await.unwrap();
    }
    assert_eq!(store.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn one_name_at_other_addresses_is_another_store() {
    let (one, two) = (Store::plain().await, Store::plain().await);
    let client = client();
    for store in [&one, &two, &one] {
        let seen = fetch(&client, &upstream(false, &[store.address]), get("/")).await;
        assert!(seen.unwrap().ends_with(&store.address.to_string()));
    }
    assert_eq!(one.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn without_addresses_the_name_is_looked_up() {
    let store = Store::plain().await;
    let named = |name: &str| Upstream::new(name, store.address.port(), false, [].into());
    for name in ["localhost", "127.0.0.1"] {
        fetch(&client(), &named(name), get("/")).await.unwrap();
    }
    let nowhere = named(crate::store::HOST);
    let error = fetch(&client(), &nowhere, get("/")).await.unwrap_err();
    assert_eq!(error.reason(), Reason::UpstreamFailed);
    assert_eq!(error.message(), "The name of the store is not found.");
}

#[tokio::test]
async fn a_dead_address_leads_to_the_next() {
    let store = Store::plain().await;
    let place = upstream(false, &[dead().await, store.address]);
    // Whichever address a connection begins with.
    for _ in 0..2 {
        fetch(&client(), &place, get("/")).await.unwrap();
    }
    let client = client();
    let both = twice(&client, &place).await;
    assert!(both.0.is_ok() && both.1.is_ok(), "{both:?}");
}

/// What one client has learnt of an address, others know.
#[tokio::test]
async fn a_dead_address_is_tried_once() {
    let (store, dead) = (Store::plain().await, dead().await);
    let rules = rules();
    let metrics = prometheus::Registry::new();
    rules.health.register(&metrics).unwrap();
    for _ in 0..6 {
        let client = Client::new(&rules).unwrap();
        let place = upstream(false, &[dead, store.address]);
        fetch(&client, &place, get("/")).await.unwrap();
    }
    let figures = metrics.gather();
    let ejections = figures.iter().find(|it| it.name().contains("ejections"));
    let counted = ejections.unwrap().get_metric();
    assert_eq!(counted.len(), 1);
    assert!((counted[0].get_counter().get_value() - 1.0).abs() < 0.1);
}

#[tokio::test]
async fn every_request_names_the_process() {
    let (sender, mut heads) = tokio::sync::mpsc::unbounded_channel();
    let address = misbehaving(move |mut stream: TcpStream| {
        let sender = sender.clone();
        async move {
            let mut head = vec![0; 4096];
            let length = stream.read(&mut head).await.unwrap();
            head.truncate(length);
            sender.send(String::from_utf8(head).unwrap()).unwrap();
        }
    });
    let place = upstream(false, &[address.await]);
    let rules = rules();
    let mut request = get("/");
    let other = "other.example".parse().unwrap();
    request.headers_mut().insert("cdn-loop", other);
    let _ = fetch(&Client::new(&rules).unwrap(), &place, request).await;
    let head = heads.recv().await.unwrap();
    let named = format!("cdn-loop: other.example\r\ncdn-loop: {}\r\n", rules.loop_id);
    assert!(head.contains(&named), "{head}");
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let address = misbehaving(|mut stream: TcpStream| async move {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        answer(&mut stream, head).await;
        while stream.write_all(b"1\r\nx\r\n").await.is_ok() {
            tokio::time::sleep(SHORT / 10).await;
        }
    });
    let mut rules = rules();
    rules.timeouts.total = SHORT * 4;
    let client = Client::new(&rules).unwrap();
    let place = upstream(false, &[address.await]);
    let error = fetch(&client, &place, get("/")).await.unwrap_err();
    assert_eq!(error.reason(), Reason::GatewayTimeout);
}

/// Two at once, so that the second cannot use the first one's connection.
async fn twice(
    client: &Client,
    place: &Upstream,
) -> (Result<String, Error>, Result<String, Error>) {
    tokio::join!(
        fetch(client, place, get("/1")),
        fetch(client, place, get("/2"))
    )
}

#[tokio::test]
async fn a_refused_connection_says_where_in_the_log_only() {
    let address = dead().await;
    let error = fetch(&client(), &upstream(false, &[address]), get("/"))
        .await
        .unwrap_err();
    assert_eq!(error.reason(), Reason::ServiceUnavailable);
    assert!(
        chain(&error).contains(&address.to_string()),
        "{}",
        chain(&error)
    );
    assert!(!error.to_string().contains("127.0.0.1"));
}

/// Keeps a connection without ever reading or writing.
async fn hold(stream: TcpStream) {
    std::future::pending::<()>().await;
    drop(stream);
}

#[tokio::test]
async fn a_store_that_never_answers_is_given_up() {
    let address = misbehaving(hold).await;
    let mut rules = rules();
    rules.timeouts.read = SHORT;
    let client = Client::new(&rules).unwrap();
    let error = fetch(&client, &upstream(false, &[address]), get("/")).await;
    assert_eq!(error.unwrap_err().reason(), Reason::GatewayTimeout);
}

#[tokio::test]
async fn a_store_that_never_shakes_hands_is_given_up() {
    let address = misbehaving(hold).await;
    let mut rules = rules();
    rules.timeouts.connect = SHORT;
    let client = Client::new(&rules).unwrap();
    let error = fetch(&client, &upstream(true, &[address]), get("/")).await;
    assert_eq!(error.unwrap_err().reason(), Reason::GatewayTimeout);
}

#[tokio::test]
async fn a_store_that_takes_no_body_is_given_up() {
    let address = misbehaving(hold).await;
    let mut rules = rules();
    rules.timeouts.write = SHORT;
    let client = Client::new(&rules).unwrap();
    let (writer, source) = body::channel();
    tokio::spawn(async move {
        let piece = Bytes::from(vec![0; 1 << 20]);
        while writer.write(piece.clone()).await {}
    });
    let request = Request::put("/k").body(source).unwrap();
    let error = fetch(&client, &upstream(false, &[address]), request).await;
    assert_eq!(error.unwrap_err().reason(), Reason::GatewayTimeout);
}

/// Reads a head, answers with this text, then closes.
async fn say(mut stream: TcpStream, text: &'static str) {
    answer(&mut stream, text).await;
}

/// Reads a head, answers with this text, then says no more and does not close.
async fn say_and_hold(mut stream: TcpStream, text: &'static str) {
    answer(&mut stream, text).await;
    hold(stream).await;
}

async fn answer(stream: &mut TcpStream, text: &str) {
    let mut head = [0; 4096];
    assert!(stream.read(&mut head).await.unwrap() > 0);
    stream.write_all(text.as_bytes()).await.unwrap();
}

#[tokio::test]
async fn a_body_cut_short_is_never_a_short_success() {
    for text in [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ] {
        let address = misbehaving(move |stream| say(stream, text)).await;
        let place = upstream(false, &[address]);
        let response = client().send(&place, get("/")).await.unwrap();
        let error = body::read_whole(response.into_body(), 100)
            .await
            .unwrap_err();
        assert_eq!(error.reason(), Reason::UpstreamFailed, "{text}");
    }
}

#[tokio::test]
async fn a_body_that_stops_coming_is_given_up() {
    let text = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc";
    let address = misbehaving(move |stream| say_and_hold(stream, text)).await;
    let mut rules = rules();
    rules.timeouts.read = SHORT;
    let client = Client::new(&rules).unwrap();
    let place = upstream(false, &[address]);
    let error = fetch(&client, &place, get("/")).await.unwrap_err();
    assert_eq!(error.reason(), Reason::GatewayTimeout);
    assert!(chain(&error).contains("50ms"), "{}", chain(&error));
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_the_upstreams_failure() {
    for text in ["SSH-2.0-OpenSSH_9.9\r\n\r\n", ""] {
        let address = misbehaving(move |stream| say(stream, text)).await;
        let error = fetch(&client(), &upstream(false, &[address]), get("/")).await;
        assert_eq!(
            error.unwrap_err().reason(),
            Reason::UpstreamFailed,
            "{text}"
        );
    }
}

#[tokio::test]
async fn what_the_clients_body_ends_with_is_what_the_request_ends_with() {
    let store = Store::plain().await;
    let (writer, source) = body::channel();
    tokio::spawn(async move {
        writer.write(Bytes::from_static(b"ab")).await;
        writer.fail(Error::new(Reason::BadDigest)).await;
    });
    let request = Request::put("/k").body(source).unwrap();
    let error = fetch(&client(), &upstream(false, &[store.address]), request).await;
    assert_eq!(error.unwrap_err().reason(), Reason::BadDigest);
}
