//! AWS's S3 client over the one transport: one client for each identity, one way for every request.
//!
//! A plain library, no plugin. [`Clients::of`] gives the client of a caller, [`failure`] says what its
//! errors mean to one. What stands behind, so that nobody else has to:
//!
//! * where a request goes and over what: `portico-clients`, reached through [`Wire::exchange`], which
//!   every request and response of every client passes;
//! * what is kept of the store's answers, where a cache is lent, and what is heard of both ([`Hearing`]);
//! * path style, always; the bucket is never read as an ARN or the name of an access point;
//! * control characters in keys, at which its XML parser would give up;
//! * checksums: what an SDK insists on becomes a `Content-MD5`, which every release of HCP knows;
//! * listings page by page ([`page`], [`version_page`]) and deleting many ([`delete_many`]), for whoever
//!   goes through everything;
//! * no repeats: the transport tries every address and repeats what was never sent. What a store has
//!   answered, or may have done, is not asked again here, because HCP refuses the second of two equal
//!   writes (409) and the caller, who is told, can judge better.

mod clients;
mod escaped;
mod failure;
mod hearing;
mod identity;
mod kept;
mod line;
mod listed;
mod manners;
mod many;
mod pages;
mod place;
mod shared;
mod wire;

pub use clients::Clients;
pub use failure::{Failed, failure, reason};
pub use hearing::{Heard, Hearing};
pub use identity::Identity;
pub use line::Line;
pub use listed::{Listed, copy_source};
pub use many::{BATCH, Folders, Item, KeyFault, batches, delete_many};
pub use pages::{Entry, Listing, Marker, Page, VersionPage, moment, page, version_page};
pub use portico_clients::ClientError;
pub use shared::SharedBody;
pub use wire::Wire;
