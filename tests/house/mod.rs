//! A house for a story: the real binary on free ports, in front of a simulated HCP or of a bare
//! server whose every byte the story decides.
#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    clippy::print_stderr,
    reason = "each story is a binary of its own and uses a part of this; a failed one tells why"
)]

mod chunks;
mod console;
mod keys;
mod message;
mod older;
mod plan;
mod process;
mod relay;
mod rest;
mod seal;
mod store;
mod tls;
mod upstream;
mod wire;

use std::net::SocketAddr;
use std::time::Duration;

use tempfile::TempDir;

pub use chunks::{Chunked, crc32, http_chunks};
pub use console::{Console, Sealed, received};
pub use keys::{Keys, hours};
pub use message::{Answer, Head, Request};
pub use plan::{HASH, OTHER_HASH, Plan, SECOND_HASH, rule, user};
pub use process::Process;
pub use relay::{Relay, Road};
pub use seal::{Secure, open_sealed};
pub use store::{ARCHIVE_PASSWORD, BUCKET, DOMAIN, RESEARCH_PASSWORD, Store};
pub use tls::{Heard, SECURED, Secured};
pub use upstream::{Peer, Received, Upstream, refusing, serve};
pub use wire::Connection;

/// How long anything may take before a story calls it a hang. Long, because the machine may be
/// busy; no story that passes ever waits for it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes at the beginning of a download. More than the engine holds back to send in one go.
pub const BEGINNING: usize = 64 * 1024;
/// The end of a download.
pub const END: &[u8] = b"and the end.";

/// A running Portico, with whatever it stands in front of. Dropping it ends both.
pub struct House {
    /// The process and its log.
    pub portico: Process,
    /// The S3 door.
    pub s3: SocketAddr,
    /// REST.
    pub api: SocketAddr,
    /// Metrics.
    pub admin: SocketAddr,
    store: Option<Store>,
    /// Holds the configuration and what it names.
    folder: TempDir,
}

impl House {
    /// A house in front of a simulated HCP of release 9.
    pub fn hcp() -> Self {
        Plan::hcp().open()
    }

    /// A house in front of a bare server, as a generic store with the keys of [`Keys::configured`].
    pub fn before(upstream: &Upstream) -> Self {
        Plan::before(upstream).open()
    }

    /// A house before a bare server that stands for HCP, whose management has been found absent.
    pub fn before_bare_hcp() -> (Upstream, Self) {
        let upstream = Upstream::start();
        let house = Plan::bare_hcp(&upstream).open();
        drop(upstream.accept());
        (upstream, house)
    }

    /// Kills the process where it stands (SIGKILL), and starts another over what it has left.
    pub fn crash(&mut self) {
        self.portico.end();
        self.start_again();
    }

    /// Lets the process end in order (SIGTERM), and starts another over what it has left.
    pub fn restart(&mut self) {
        self.portico.signal("TERM");
        assert!(self.portico.ended().success());
        self.start_again();
    }

    fn start_again(&mut self) {
        let configuration = self.folder.path().join("portico.toml");
        let portico = Process::start(self.folder.path(), &configuration, &[]);
        self.s3 = portico.address("s3");
        self.api = portico.address("api");
        self.admin = portico.address("admin");
        self.portico = portico;
    }

    /// Where the process keeps its state.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The simulated HCP.
    pub fn store(&self) -> &Store {
        self.store
            .as_ref()
            .expect("this house stands before no HCP")
    }

    /// A new connection to the S3 door.
    #[track_caller]
    pub fn connect(&self) -> Connection {
        Connection::open(self.s3)
    }

    /// Sends a request to the S3 door on a connection of its own.
    #[track_caller]
    pub fn ask(&self, request: &Request) -> Answer {
        self.connect().ask(request)
    }

    /// A request to the S3 door, with the `Host` that the door's own address gives it.
    pub fn request(&self, method: &str, target: &str) -> Request {
        Request::new(method, target).header("host", self.s3)
    }

    /// A download from a bare server that has begun and goes on when the story says so: the
    /// client has read the head and [`BEGINNING`] bytes, and [`END`] is missing.
    #[track_caller]
    pub fn begin_download(&self, upstream: &Upstream) -> (Connection, Peer) {
        let mut client = self.connect();
        client.send(self.get(&Keys::configured(), "/data/k").bytes());
        let mut peer = upstream.accept();
        peer.request().expect("a request");
        let length = BEGINNING + END.len();
        peer.send(format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n"
        ));
        peer.send(vec![7; BEGINNING]);
        client.head().expect("the head");
        client.exactly(BEGINNING).expect("the beginning");
        (client, peer)
    }

    /// Sees whether the connection to a bare server is good for another request: nothing was left on it.
    #[track_caller]
    pub fn is_clean(&self, client: &mut Connection, peer: &mut Peer) {
        client.send(self.get(&Keys::configured(), "/data/next").bytes());
        let next = peer
            .request()
            .expect("another request on the same connection");
        assert_eq!(next.head.line, "GET /data/next HTTP/1.1");
        peer.answer_with("next");
        assert_eq!(client.answer().text(), "next");
    }

    /// A `PUT` with a body, signed with these keys.
    pub fn put(&self, keys: &Keys, target: &str, body: impl Into<Vec<u8>>) -> Request {
        keys.sign(self.request("PUT", target).body(body))
    }

    /// A `GET` signed with these keys.
    pub fn get(&self, keys: &Keys, target: &str) -> Request {
        keys.sign(self.request("GET", target))
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.portico.end();
        if std::thread::panicking() {
            for line in self.portico.lines() {
                eprintln!("portico: {line}");
            }
            return;
        }
        let panics = self.portico.lines().into_iter();
        let panics: Vec<_> = panics.filter(|line| line.contains("panicked at")).collect();
        assert!(panics.is_empty(), "the process panicked: {panics:?}");
    }
}
