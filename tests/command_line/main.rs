//! The command line: what a person or a script sees of the real binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

#[path = "../process/mod.rs"]
mod process;

mod check;
#[cfg(feature = "simulator")]
mod demo;
mod hash_password;
mod run;
mod upgrade;
