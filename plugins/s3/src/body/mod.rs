//! Bodies of requests and answers: taken out of their framing, verified and passed on, piece
//! by piece.
//!
//! | room | question |
//! |---|---|
//! | [`promise`] | which checksum do the headers promise? |
//! | [`checksum`], [`verify`] | does the data keep the promise? |
//! | [`aws_chunked`], [`mod@line`], [`trailer`] | what is framing, what is data? |
//! | [`gather`] | how do the parts of a piece become one without a copy? |
//! | [`hold`] | what may be sent on before the end is known to be good? |
//! | [`location`] | whose address stands in the answer? |
//!
//! [`Plan::new`] reads the head of a request and puts the rooms together.

pub mod aws_chunked;
pub mod checksum;
pub mod gather;
pub mod hold;
pub mod line;
pub mod location;
mod plan;
pub mod promise;
#[cfg(test)]
mod tests;
pub mod trailer;
pub mod verify;

pub use location::ReplaceLocation;
pub use plan::{DECODED_LENGTH, Plan, Sent, content_encoding};
