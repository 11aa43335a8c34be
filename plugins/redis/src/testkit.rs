//! Real servers of a test's own: one, a cluster, a master with sentinels. Each is ended with its
//! handle, by its own id.
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "for tests alone, where a panic is the answer"
)]

mod cluster;
mod sealed;
mod server;
mod watched;

use std::thread;
use std::time::{Duration, Instant};

pub use cluster::Cluster;
pub use sealed::Sealed;
pub use server::Server;
pub use watched::{MASTER, Watched};

/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for what will be true in a moment.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "in vain: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A port of this machine that nobody listens on at this moment.
#[must_use]
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
