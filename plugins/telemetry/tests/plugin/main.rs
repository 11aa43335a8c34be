//! The plugin as the house would install it: routes, lines, figures, and the watch over a store.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail the test by panicking, as tests do"
)]

mod access;
mod house;
mod routes;
mod watch;
