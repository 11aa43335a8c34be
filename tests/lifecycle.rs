//! Beginning and end: what orchestrators ask, TLS at the door, and an end that lets people finish.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use house::{BUCKET, Connection, House, Keys, Plan, Request, Upstream};
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;
use socket2::{Domain, Socket, Type};

fn get(path: &str) -> Request {
    Request::new("GET", path)
}

/// As on a full disk.
#[test]
fn a_log_that_cannot_be_written_ends_no_request() {
    let house = House::hcp();
    let mut client = Connection::open(house.api);
    let request = get("/api/v1/capabilities").header("host", house.api);
    let mut ask = || client.ask(&request).status;
    house.portico.lose_log(|| assert_eq!(ask(), 200));
    for _ in 0..5 {
        assert_eq!(ask(), 200);
    }
}

/// The download is longer than the grace period: the shutdown timeout is there for it.
#[test]
fn a_running_download_may_finish() {
    let upstream = Upstream::start();
    let mut house = Plan::before(&upstream)
        .with("process.grace_period", "1s")
        .with("process.shutdown_timeout", "20s")
        .open();
    let mut client = house.connect();
    client.send(house.get(&Keys::configured(), "/data/k").bytes());
    let mut peer = upstream.accept();
    peer.request().expect("a request");
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.head().expect("the head");
    house.portico.signal("TERM");
    house.portico.line("waiting for exchanges to finish");
    // A long way to go, of which every step needs the process to be there.
    for step in 0..1000 {
        peer.send("4\r\nstep\r\n");
        let chunk = client.chunk();
        assert_eq!(
            chunk.ok().as_deref(),
            Some(&b"step"[..]),
            "cut at step {step}"
        );
    }
    peer.send("0\r\n\r\n");
    assert_eq!(client.chunk().expect("the end"), b"");
    let ended = house.portico.ended();
    assert!(ended.success(), "{ended}");
}

/// Who never finishes does not keep the process for ever.
#[test]
fn the_end_comes_in_time() {
    let upstream = Upstream::start();
    let mut house = Plan::before(&upstream)
        .with("process.shutdown_timeout", "2s")
        .open();
    let (mut client, _peer) = house.begin_download(&upstream);
    let began = Instant::now();
    house.portico.signal("TERM");
    let ended = house.portico.ended();
    assert!(ended.success(), "{ended}");
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "{:?}",
        began.elapsed()
    );
    client.until_gone();
}

#[test]
fn an_idle_process_ends_at_once() {
    let mut house = House::hcp();
    let keys = house.keys("research");
    // A kept connection on which nothing is going on.
    let mut client = house.connect();
    assert_eq!(
        client
            .ask(&house.get(&keys, &format!("/{BUCKET}/k")))
            .status,
        404
    );
    let began = Instant::now();
    house.portico.signal("TERM");
    assert!(house.portico.ended().success());
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
    assert!(client.until_gone().is_empty());
}

#[test]
fn liveness_and_readiness() {
    let house = House::hcp();
    house.portico.line("the store can be reached");
    for answer in [house.rest(get("/liveness")), house.admin(get("/liveness"))] {
        assert_eq!(
            (answer.status, answer.json()),
            (200, json!({"status": "ok"}))
        );
    }
    for answer in [
        house.rest(get("/readiness")),
        house.admin(get("/readiness")),
    ] {
        let expected = json!({
            "status": "ready",
            "checks": {"hcp": "reachable", "cache": "disabled"},
        });
        assert_eq!((answer.status, answer.json()), (200, expected));
    }
    let health = house.rest(get("/health"));
    assert_eq!(health.json(), json!({"status": "ok", "cache": "disabled"}));
    let posted = house.rest(Request::new("POST", "/liveness").body(""));
    assert_eq!((posted.status, posted.header("allow")), (405, Some("GET")));
}

#[test]
fn metrics_are_for_the_admin_listener_alone() {
    let house = House::hcp();
    let metrics = house.admin(get("/metrics"));
    assert_eq!(metrics.status, 200);
    assert!(metrics.text().contains("portico_build_info"), "{metrics:?}");
    assert_eq!(house.rest(get("/metrics")).status, 404);
    // At the S3 door the same words are the name of a bucket.
    for path in ["/metrics", "/liveness", "/readiness"] {
        let answer = house.ask(&house.request("GET", path));
        assert_eq!(answer.error(), (403, "AccessDenied".to_owned()), "{path}");
    }
}

/// Not ready while the store is away, ready as soon as it is there, and not when it goes again.
#[test]
fn readiness_follows_the_store() {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&any.into()).expect("a free port");
    let address = socket
        .local_addr()
        .expect("an address")
        .as_socket()
        .expect("IP");
    let house = Plan::before_nobody(address)
        .with("telemetry.probe_interval", "20ms")
        .open();
    house.portico.line("the store cannot be reached");
    let away = json!({
        "status": "not ready",
        "checks": {"storage": "unreachable", "cache": "disabled"},
    });
    let answer = house.rest(get("/readiness"));
    assert_eq!((answer.status, answer.json()), (503, away.clone()));
    assert_eq!(house.rest(get("/liveness")).status, 200);

    socket.listen(64).expect("a bound socket");
    let upstream = Upstream::over(TcpListener::from(socket));
    let answering = std::thread::spawn(move || {
        upstream.answer_probe();
        upstream
    });
    house.portico.line("the store can be reached");
    let upstream = answering.join().expect("a probe");
    // The next probe waits for an answer, so this state stays.
    let mut waiting = upstream.accept();
    let answer = house.rest(get("/readiness"));
    assert_eq!(answer.status, 200, "{answer:?}");
    waiting.request().expect("a probe");
    drop((waiting, upstream));
    house
        .portico
        .lines_with(2, |line| line["msg"] == "the store cannot be reached");
    let answer = house.rest(get("/readiness"));
    assert_eq!((answer.status, answer.json()), (503, away));
}

#[test]
fn tls_at_the_s3_door() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = rcgen::generate_simple_self_signed(vec!["research.hcp.test".to_owned()]);
    let made = made.expect("a certificate");
    let file = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_str().expect("text").to_owned()
    };
    let house = Plan::hcp()
        .with(
            "listeners.s3.certificate",
            file("cert.pem", made.cert.pem()),
        )
        .with(
            "listeners.s3.key",
            file("key.pem", made.signing_key.serialize_pem()),
        )
        .open();
    let keys = house.keys("research");
    house.store().put("k", "over TLS");
    let mut client = tls(&house, &made.cert.pem());
    let request = get(&format!("/{BUCKET}/k")).header("host", "research.hcp.test");
    for _ in 0..2 {
        assert_eq!(client.ask(&keys.sign(request.clone())).text(), "over TLS");
    }
    // HTTP/2 was offered and not taken.
    let chosen = client.stream().conn.alpn_protocol();
    assert_ne!(chosen, Some(&b"h2"[..]));
    // Whoever does not speak TLS gets no answer, and disturbs nobody.
    let mut plain = house.connect();
    plain.send(request.bytes());
    assert!(!plain.until_gone().starts_with(b"HTTP/1.1 2"));
    assert_eq!(client.ask(&keys.sign(request)).text(), "over TLS");
}

/// A connection that trusts this certificate alone.
fn tls(house: &House, pem: &str) -> Connection<StreamOwned<ClientConnection, TcpStream>> {
    let mut roots = RootCertStore::empty();
    let certificate = rustls::pki_types::CertificateDer::from_pem_slice(pem.as_bytes());
    roots.add(certificate.expect("PEM")).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let name = ServerName::try_from("research.hcp.test").expect("a name");
    let session = ClientConnection::new(Arc::new(config), name).expect("a session");
    let socket = house.connect().writer();
    Connection::new(StreamOwned::new(session, socket))
}
