//! Answers of the store that are kept, each for the identity that it was given to.
//!
//! | room | question |
//! |---|---|
//! | [`cache`] | is there a good answer, and who fetches one? |
//! | `near` | what has changed in this process since an answer was fetched? |
//! | `far` | the same for all replicas, and what they keep: Redis |
//! | `stamp` | the generations of everything that an answer depends on |
//! | `entry` | one kept answer, and whether it is still good |
//! | `memory` | which answers this process keeps |
//! | `take` | is an answer whole, and small enough? |
//! | `flight` | who waits for a fetch that runs? |
//! | `sharing` | who may be given what another was told? |
//! | `settle` | what did a write change, before its answer leaves? |
//! | `tender` | is Redis there, and has it been told everything? |
//! | `purge` | what does the operator want dropped? |
//! | `words` | what an answer says of the cache |
//! | `figures` | what metrics say of it |
//!
//! It lends [`ResponseCache`](portico_sdk::cache::ResponseCache) and must stand in the roster after
//! `auth`, which lends the seals, and before whoever asks or writes to the store.

pub mod cache;
mod entry;
mod far;
mod figures;
mod flight;
mod memory;
mod near;
mod plugin;
mod purge;
mod settings;
mod settle;
mod sharing;
mod stamp;
mod take;
mod tender;
mod words;

pub use plugin::CachePlugin;
pub use settings::{Coherence, Settings};
pub use sharing::SharedRoute;
