//! The Metadata Query API over real sockets: objects are stored by S3 and found by query.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

mod ask;
mod forms;
mod objects;
mod operations;
mod refusals;
#[path = "../support/mod.rs"]
mod support;
mod turns;
