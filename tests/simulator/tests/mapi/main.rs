//! The Management API over real sockets, beside the S3 that shares its users and namespaces.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

mod ask;
mod faults;
mod forms;
mod life;
mod lists;
mod repository;
mod rights;
#[path = "../support/mod.rs"]
mod support;
mod switches;
mod system;
mod tree;
