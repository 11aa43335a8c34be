//! Where the bytes of objects come from.

use std::future::Future;
use std::time::SystemTime;

use portico_sdk::{Body, Error};

/// What is known of an object beside its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// All of its bytes.
    pub size: Option<u64>,
    /// Which state of it this is, as the store writes it.
    pub e_tag: Option<String>,
    /// When it was last changed.
    pub modified: Option<SystemTime>,
    /// Its content type.
    pub media: Option<String>,
}

/// An object that was opened.
pub struct Object {
    /// What the store says of it. The size is that of the whole, wherever reading begins.
    pub known: Known,
    /// Its bytes, from where they were asked for to the end.
    pub body: Body,
}

/// Gives objects; shared by all fetches of one archive.
pub trait Source: Send + Sync + 'static {
    /// Opens an object, `from` so many bytes on. Where a tag is given, only an object in that state
    /// is: everything else is [`PreconditionFailed`](portico_sdk::Reason::PreconditionFailed).
    ///
    /// Errors that the caller can do nothing about but wait
    /// ([`Remedy::Wait`](portico_sdk::error::Remedy)) are asked again, for a while.
    fn open(
        &self,
        key: &str,
        e_tag: Option<&str>,
        from: u64,
    ) -> impl Future<Output = Result<Object, Error>> + Send;
}
