//! AWS Signature Version 2 for S3, for a server that verifies requests of older clients.
//!
//! | room | question |
//! |---|---|
//! | [`proof`] | does this request prove who sent it? |
//! | [`authorization`], [`presigned`] | what does the header, or the query, claim? |
//! | [`coverage`] | which parameters does a signature cover, and which could anybody add? |
//! | [`mod@sign`] | which headers, or which URL, would a client send? |
//! | [`date`], [`signature`] | the words the others use |
//!
//! Verification has two steps, so that the caller can look up a secret between them:
//!
//! ```
//! # use portico_sigv2::{Proof, ProofError, RequestView, Verified};
//! # use secrecy::SecretString;
//! # fn secret_of(_access_key: &str) -> SecretString { "secret".into() }
//! /// `bucket` is the one that the host names, `None` for a path-style request.
//! fn who(request: &RequestView<'_>, bucket: Option<&str>) -> Result<Option<Verified>, ProofError> {
//!     let Some(proof) = Proof::from_request(request)? else {
//!         return Ok(None); // anonymous, a bearer token, Signature Version 4, …
//!     };
//!     let secret = secret_of(proof.access_key());
//!     proof.verify(&secret, request, bucket, std::time::SystemTime::now()).map(Some)
//! }
//! ```
//!
//! # What a signature of this version does not prove
//!
//! The **body** (unless `Content-MD5` is sent and checked), the **host name** (but for the
//! bucket in it) and every **query parameter that is not a sub-resource**. Whoever holds a
//! presigned link may add `prefix=`, `max-keys=` or whatever a store understands beyond the
//! list: see [`Verified::covers`] and [`Verified::unsigned_parameters`], and let nothing
//! through that would turn the request into another one.
//!
//! Nothing here reads a clock, a socket or a setting: the caller hands in the time.
//! Specification: *Signing and authenticating REST requests (AWS Signature Version 2)* in
//! the Amazon S3 User Guide.

mod amz;
pub mod authorization;
pub mod coverage;
pub mod date;
pub mod error;
pub mod presigned;
pub mod proof;
mod resource;
pub mod sign;
pub mod signature;
mod text;

pub use authorization::{Authorization, is_anonymous};
pub use coverage::covers;
pub use error::{Fault, Form, ProofError};
pub use portico_sigv4::RequestView;
pub use presigned::Presigned;
pub use proof::{MAX_SKEW, Proof, Verified};
pub use sign::{Outgoing, SignError, Signed, presign, sign};
pub use signature::Signature;
