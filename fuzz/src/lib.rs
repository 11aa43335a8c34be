//! Hostile inputs for everything that reads a stranger's bytes.
//!
//! Each room has one function `run`, which takes any bytes and panics when a promise of the
//! code under test is broken:
//!
//! | room | reads |
//! |---|---|
//! | [`sigv2`], [`sigv4`] | the head of a request with a signature, in header or query |
//! | [`aws_chunked`] | the body of an upload in `aws-chunked` framing, in any pieces |
//! | [`tokens`] | login and session tokens |
//! | [`route`] | host, path, query and method of a request |
//!
//! Two engines drive them: libFuzzer for hours (`make fuzz`), and in `make test` a fixed number
//! of changes to the inputs in `seeds/`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a broken promise is told by a panic"
)]

pub mod aws_chunked;
mod dice;
mod request;
pub mod route;
pub mod sigv2;
pub mod sigv4;
pub mod tokens;
