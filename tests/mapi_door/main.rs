//! The transparent door of HCP's management: `/mapi` and `/query` on the api listener.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

#[path = "../house/mod.rs"]
mod house;

mod addresses;
mod bodies;
mod hostile;
mod passed;
mod passwords;
mod refusals;
mod simulated;
mod tokens;

use house::{Console, Head, House, Request};

/// A host that is no name of HCP's.
const PORTICO: &str = "portico.test:8000";
/// How `ada` of `research` proves herself to HCP.
const ADA: &str = "HCP YWRh:e256c770d50186595cd1a4ee4c252392";
/// The users of HCP's system level, as a login form.
const ROOT: &str = "username=root&password=of+the+system";

/// A server that stands for HCP, and a house before it.
fn before_console() -> (Console, House) {
    let console = Console::start();
    let house = console.open(console.plan());
    (console, house)
}

/// A request with a login token.
fn with_token(token: &str, method: &str, target: &str) -> Request {
    Request::new(method, target).header("authorization", format!("Bearer {token}"))
}

/// The fields of a head, without those that belong to one connection, and the template plugin's.
fn fields(head: &Head) -> Vec<(String, String)> {
    let own = |name: &str| matches!(name, "connection" | "date" | "keep-alive" | "x-sample");
    let fields = head.headers.iter().filter(|(name, _)| !own(name));
    fields.cloned().collect()
}
