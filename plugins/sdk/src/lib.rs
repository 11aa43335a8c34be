//! What a Portico plugin sees of the house: phases, exchange, principal, errors and services.
//!
//! A plugin implements one or more of the [`phase`] traits and puts its objects into the
//! [`Registry`] from its [`Plugin::install`]. It never imports the core, Pingora or another
//! plugin: what two plugins must agree on is a type of this crate.
//!
//! The order of the phases is fixed in one function, [`Pipeline::run`], which the server and
//! the test kit (feature `testkit`) share.

pub mod body;
pub mod brake;
pub mod cache;
pub mod clock;
pub mod credential;
pub mod dialect;
pub mod error;
pub mod exchange;
pub mod forward;
pub mod helper;
pub mod hop;
pub mod invalid;
pub mod jobs;
pub mod keyring;
pub mod leaving;
pub mod load;
pub mod management;
pub mod native;
pub mod operator;
pub mod phase;
pub mod pipeline;
pub mod plugin;
pub mod presign;
pub mod principal;
pub mod readiness;
pub mod reload;
pub mod reply;
pub mod rest;
pub mod rights;
pub mod route;
pub mod s3;
pub mod seal;
pub mod services;
pub mod settings;
pub mod shared;
pub mod tenant;
#[cfg(any(test, feature = "testkit"))]
pub mod testkit;
pub mod tokens;
pub mod trace;
pub mod upstream;
pub mod users;

pub use body::Body;
pub use error::{Error, Reason};
pub use exchange::Exchange;
pub use forward::Forward;
pub use phase::{Authenticate, Authorize, Handle, Handled, Observe, Proof, ResponseFilter};
pub use pipeline::Pipeline;
pub use plugin::{Entry, Plugin, Registry};
pub use principal::Principal;
pub use reply::Reply;
pub use rights::Rights;
pub use route::{Door, Route};
pub use services::Services;
pub use tenant::Tenant;
