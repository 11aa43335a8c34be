//! The JSON client of HCP's management (MAPI) and metadata query services.
//!
//! A plain library, no plugin, on the transport of `portico-clients`. A [`Call`] says who asks for
//! what; [`Hcp::json`] gives the answer's value, [`Hcp::send`] streams it. What is not a success is a
//! [`Failure`], which [`Failure::into_error`] words as front ends know it, in one table.
//!
//! Nothing is repeated and no redirect is followed. Reads are answered from what is kept, and writes
//! told, once a cache is given ([`Hcp::keeping`]).

mod call;
mod client;
pub mod document;
mod failure;
mod kept;
mod path;
mod query;
#[cfg(feature = "testkit")]
pub mod testkit;

pub use call::{Call, Service};
pub use client::{Answer, Hcp, Made};
pub use failure::{Failure, Refused};
pub use kept::Kept;
pub use path::{BadSegment, Path};
pub use portico_sdk::cache::said_by_caches;
pub use query::Query;
