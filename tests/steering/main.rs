//! A house that is steered while it runs, and that protects itself: the log, SIGHUP, too much at once,
//! bodies that are too large, a store that fails.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

#[path = "../house/mod.rs"]
mod house;

mod bodies;
mod breaker;
mod crowded;
mod log;
mod reload;
mod turnover;

use house::{House, Request};

/// The operator's token.
const TOKEN: &str = "the token of whoever runs the house";

/// A figure, by the whole of what stands before its value.
#[track_caller]
fn figure(house: &House, name: &str) -> Option<f64> {
    let metrics = house.admin(Request::new("GET", "/metrics")).text();
    let wanted = format!("{name} ");
    let found = metrics.lines().find_map(|line| line.strip_prefix(&wanted));
    found.map(|value| value.parse().expect("a number"))
}
