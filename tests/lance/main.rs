//! Tables of Lance in a simulated HCP: rows in and out, whose they are, what is kept, what is too much.
#![cfg(feature = "lance")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

#[path = "../house/mod.rs"]
mod house;

mod bounds;
mod desk;
mod hostile;
mod kept;
mod rights;
mod tables;
mod thrift;
mod writers;
