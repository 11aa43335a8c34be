//! Login, tokens and bearer authentication.
//!
//! - [`Auth`] is the plugin, [`Settings`] its table `[auth]` of the configuration.
//! - It lends [`Tokens`](portico_sdk::tokens::Tokens): login tokens (HS256 JWTs whose password
//!   claim is sealed) and S3 session tokens, each refused where the other is meant.
//! - It answers `POST /api/v1/auth/token`, `GET /api/v1/credentials` and
//!   `GET /api/v1/capabilities`.
//!
//! A login checks nothing: the store does, at the first request that reaches it. Only HCP has
//! users to ask about, so on other backends nobody can log in and no login token is accepted.

mod bearer;
mod capabilities;
mod claims;
mod credentials;
mod form;
mod jwt;
mod key;
mod login;
mod plugin;
mod seal;
mod seals;
mod settings;

pub use plugin::Auth;
pub use settings::{Pwd, Settings};
