//! The client against real servers on loopback, good and bad.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail the test by panicking, as tests do"
)]

mod breakers;
mod certificates;
mod store;
mod transport;
