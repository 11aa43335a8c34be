//! The store as Lance sees it: the caller's own keys, over the one transport of the house.
//!
//! | room | question |
//! |---|---|
//! | `provider` | which store does a dataset get? |
//! | `commits`, `version`, `turns` | how is nothing made twice? |
//! | `courier` | how does one request of it go on its way? |
//! | `parts` | what is known of files already? |
//! | `rights` | may the caller, where the house decides? |

mod commits;
mod courier;
mod parts;
mod provider;
mod rights;
mod turns;
mod version;

pub(crate) use commits::Object;
pub(crate) use courier::Courier;
pub(crate) use parts::Parts;
pub(crate) use provider::Provider;
pub(crate) use turns::{Turn, Turns};
pub(crate) use version::{FOLDER, number};
