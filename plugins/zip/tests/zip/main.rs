//! Archives as others read them, and how they are fetched.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod fetching;
mod large;
mod left_out;
mod lengths;
mod packed;
mod readers;
mod support;
