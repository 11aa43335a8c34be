//! The one transport towards the store for whatever Pingora does not forward.
//!
//! A plain library, no plugin. [`Client::send`] takes a request and the [`Upstream`] it is for,
//! and gives the response with its body streamed. What it stands for, so that nobody else has to:
//!
//! * where to connect: of the upstream's own addresses, or those of its name, the ones that answer
//!   first (what the engine's exchanges have learnt of them counts too);
//! * whom to trust: the system's authorities, those of the settings, or (dangerous) anybody;
//! * how long to wait: for a connection, for an answer, between reads, between writes, for the whole,
//!   with a connection unused;
//! * that a trace tells of each request, and the request of its trace;
//! * that no request goes round in a circle: each bears the process's name in `CDN-Loop`;
//! * what it means when it fails: a [`portico_sdk::Error`] with its cause for the log.
//!
//! It follows no redirect, decompresses nothing, and repeats a request only when not one byte of
//! it was written because a kept connection had been closed meanwhile.
//!
//! [`Upstream`]: portico_sdk::upstream::Upstream

mod answer;
mod client;
mod dial;
mod fault;
mod pace;
mod pools;
mod tls;
mod trust;

pub use client::Client;
pub use fault::{ClientError, is_unconnected};
pub use tls::{trusting, trusting_nobody};
