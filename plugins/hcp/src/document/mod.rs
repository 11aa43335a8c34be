//! Documents of HCP's services as tables, which four readers share: the check of what clients send,
//! the form that HCP wants, the form of answers, and the document of the API.
//!
//! | room | question |
//! |---|---|
//! | `model` | what is in a document? |
//! | `given`, `bounds` | are the parameters of an address in order? |
//! | [`check`], [`lax`] | is what a client sent in order, and what of it goes to HCP? |
//! | [`shape`] | in which form does a client get what HCP says? |
//! | [`schema`] | the same in OpenAPI's terms |

mod bounds;
pub mod check;
mod given;
pub mod lax;
mod model;
pub mod schema;
pub mod shape;

pub use bounds::Bounds;
pub use given::Given;
pub use model::{Choice, Field, Kind, Model, Preset};
