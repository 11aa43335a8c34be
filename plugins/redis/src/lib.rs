//! The Redis that replicas share, as the plugins see it: it may be slow or away at any moment, and
//! then costs them next to nothing.
//!
//! A plain library, no plugin: whoever keeps something in Redis makes one [`Redis`] from what the
//! settings say ([`portico_sdk::shared::SharedRedis`]): one server, a cluster, or a master that
//! sentinels watch. [`Redis::run`] takes pipelines as the client library makes them, [`Redis::send`]
//! a [`Batch`] whose commands fail one by one, [`Redis::subscribe`] listens to a channel.

mod batch;
mod breaker;
mod client;
mod fault;
mod line;
mod link;
mod place;
mod subscription;

#[cfg(feature = "testkit")]
pub mod testkit;

pub use batch::{Answers, Batch, Script};
pub use breaker::Breaker;
pub use client::Redis;
pub use fault::{Answer, Unavailable};
pub use subscription::{Event, Subscription};
