//! HCP's metadata query as REST: which objects of a tenant match, and what was done to them.
//!
//! | room | question |
//! |---|---|
//! | `plugin` | is it served here, and what does the document of the API say of it? |
//! | `models` | which fields have questions and answers? |
//! | `question` | what may be asked, and in which form does HCP want it? |
//! | `answer` | in which form do front ends want what HCP says? |
//! | `handle` | who asks which tenant? |

mod answer;
mod handle;
mod models;
mod plugin;
mod question;
mod settings;

pub use plugin::QueryPlugin;
pub use settings::Settings;
