//! Login, tokens and bearer authentication.
//!
//! - [`Auth`] is the plugin, [`Settings`] its table `[auth]` of the configuration.
//! - It lends [`Tokens`](portico_sdk::tokens::Tokens): login tokens (HS256 JWTs whose password
//!   claim is sealed) and S3 session tokens, each refused where the other is meant.
//! - It answers `POST /api/v1/auth/token`, `GET /api/v1/credentials` and
//!   `GET /api/v1/capabilities`.
//!
//! On HCP a login checks nothing: the store does, at the first request that reaches it. Other stores
//! know no users; there the configuration does, with Argon2id hashes and rules, and this plugin
//! lends [`Users`](portico_sdk::users::Users) and refuses in the authorize phase what no rule allows.

mod authorize;
mod bearer;
mod capabilities;
mod claims;
mod credentials;
mod describe;
mod form;
mod hashing;
mod jwt;
mod key;
mod login;
mod plugin;
mod recent;
mod seal;
mod seals;
mod settings;
mod users;

pub use plugin::Auth;
pub use settings::{Pwd, Settings, UserSettings};
