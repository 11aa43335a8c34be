//! The Redis that replicas share, as the plugins see it: it may be slow or away at any moment, and
//! then costs them next to nothing.
//!
//! A plain library, no plugin: whoever keeps something in Redis makes one [`Redis`] from what the
//! settings say ([`portico_sdk::shared::SharedRedis`]).

mod breaker;
mod connection;

pub use breaker::Breaker;
pub use connection::{Redis, Unavailable};
