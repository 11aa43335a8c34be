//! HCP's Management API and metadata query: who asks is proven by a login token, and HCP is shown
//! its own kind of credential.
//!
//! | room | question |
//! |---|---|
//! | `plugin` | is management served here, and with which settings? |

mod plugin;
mod settings;

pub use plugin::Mapi;
pub use settings::Settings;
