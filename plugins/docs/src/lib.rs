//! The document of the REST API (OpenAPI 3.1) and a page that shows it, both open to everyone and
//! both made of nothing but what this binary holds.
//!
//! | room | question |
//! |---|---|
//! | `plugin` | where are they served? |
//! | `page` | what does a browser get, and what may it do there? |

mod page;
mod plugin;
mod settings;

pub use plugin::Docs;
pub use settings::Settings;
