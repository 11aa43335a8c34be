//! ZIP archives of objects, written while the objects are fetched.
//!
//! A plain library, no plugin. A [`Plan`] gives every object the name that its entry has;
//! [`instant`] makes the archive a stream whose length is known before its first byte,
//! [`Keep`] writes it to a file and puts up with objects that cannot be had. Both fetch through a
//! [`Source`], many objects at a time and within little memory ([`Ahead`]).
//!
//! The records are those of APPNOTE.TXT 6.3.10 (PKWARE, ".ZIP File Format Specification"); ZIP64
//! ones only where the sizes want them. Nothing is ever gone back to: sizes and checksums stand
//! behind the bytes, in data descriptors (section 4.3.9).

mod ahead;
mod archive;
mod deflate;
mod failures;
mod instant;
mod keep;
mod media;
mod names;
mod packing;
mod plan;
mod records;
mod source;
mod stamp;

pub use ahead::{Ahead, Event, Limits};
pub use archive::{Archive, ZipError};
pub use deflate::Compression;
pub use failures::Failure;
pub use instant::instant;
pub use keep::{Keep, KeepError, Kept, Shelf, Watch};
pub use media::Method;
pub use names::Names;
pub use packing::Packing;
pub use plan::{Item, Plan};
pub use records::Head;
pub use source::{Known, Object, Source};
pub use stamp::Stamp;
