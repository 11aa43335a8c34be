//! HCP's Management API and metadata query: who asks is proven by a login token, and HCP is shown
//! its own kind of credential.
//!
//! | room | question |
//! |---|---|
//! | `rest` | what are the routes of `/api/v1/mapi`, and what do they ask of HCP? |
//! | `plugin` | is management served here, and with which settings? |
//! | `admission` | who may come in by the transparent door? |
//! | `tenant` | which tenant's service is meant? |
//! | `door`, `kept` | what goes to HCP, and what is answered from what it said before? |
//! | `proof` | what does HCP take for a login token? |
//! | `discretion` | what of HCP's answers must not leave the house as it is? |
//! | `passwords` | whose secrets are good no longer after this? |

mod admission;
mod discretion;
mod door;
mod kept;
mod passwords;
mod plugin;
mod proof;
mod rest;
mod settings;
mod tenant;

pub use plugin::Mapi;
pub use settings::Settings;
