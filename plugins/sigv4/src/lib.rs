//! AWS Signature Version 4, for a server that verifies requests and a proxy that signs
//! them again.
//!
//! | room | question |
//! |---|---|
//! | [`proof`] | does this request prove who sent it? |
//! | [`authorization`], [`presigned`] | what does the header, or the query, claim? |
//! | [`canonical`] | which bytes does a signature cover? |
//! | [`chunk`] | is each piece of an `aws-chunked` body genuine? |
//! | [`mod@sign`] | which headers, or which URL, does the next server want? |
//! | [`key`], [`rack`], [`scope`], [`date`], [`payload`], [`encode`], [`query`] | the words the others use |
//!
//! Verification has two steps, so that the caller can look up a secret between them:
//!
//! ```
//! # use portico_sigv4::{Proof, ProofError, RequestView, Verified};
//! # use secrecy::SecretString;
//! # fn secret_of(_access_key: &str) -> SecretString { "secret".into() }
//! fn who(request: &RequestView<'_>) -> Result<Option<Verified>, ProofError> {
//!     let Some(proof) = Proof::from_request(request)? else {
//!         return Ok(None); // anonymous, a bearer token, Signature Version 2, …
//!     };
//!     let secret = secret_of(proof.access_key());
//!     proof.verify(&secret, request, std::time::SystemTime::now()).map(Some)
//! }
//! ```
//!
//! Nothing here reads a clock, a socket or a setting: the caller hands in the time.
//! Specification: *Authenticating Requests (AWS Signature Version 4)* in the Amazon S3
//! API Reference.

pub mod authorization;
pub mod canonical;
pub mod chunk;
pub mod date;
pub mod encode;
pub mod error;
pub mod key;
pub mod payload;
pub mod presigned;
pub mod proof;
pub mod query;
pub mod rack;
mod request;
pub mod scope;
pub mod sign;
pub mod signed_headers;

pub use authorization::Authorization;
pub use canonical::{CanonicalRequest, PathStyle, QueryStyle, Style};
pub use chunk::{ChunkError, ChunkSigner, ChunkVerifier, canonical_trailer};
pub use date::Timestamp;
pub use encode::{canonical_path, percent_decode, uri_encode};
pub use error::{Fault, Form, ProofError};
pub use key::{Signature, SigningKey};
pub use payload::PayloadMode;
pub use presigned::Presigned;
pub use proof::{Proof, Verified};
pub use query::canonical_query;
pub use rack::KeyRack;
pub use request::RequestView;
pub use scope::{Credential, Scope};
pub use sign::{Outgoing, SignError, Signed, presign, sign};
pub use signed_headers::SignedHeaders;

/// The only algorithm understood here, as it stands in headers, queries and signed text.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";
