//! HCP's Management API and metadata query: who asks is proven by a login token, and HCP is shown
//! its own kind of credential.
//!
//! | room | question |
//! |---|---|
//! | `rest` | what are the routes of `/api/v1/mapi`, and what do they ask of HCP? |
//! | `plugin` | is management served here, and with which settings? |
//! | `admission` | who may come in by the transparent door? |
//! | `tenant` | which tenant's service is meant? |
//! | `door` | what goes to HCP? |
//! | `discretion` | what of HCP's answers must not leave the house as it is? |
//! | `passwords` | whose secrets are good no longer after this? |

mod admission;
mod discretion;
mod door;
mod kept;
mod passwords;
mod plugin;
mod rest;
mod settings;
mod tenant;

pub use plugin::Mapi;
pub use settings::Settings;
