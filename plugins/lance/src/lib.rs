//! Tables of Lance that live in the store, as REST: columns, rows, search and single cells.
//!
//! | room | question |
//! |---|---|
//! | `plugin`, `settings`, `desk` | what is served, and with what? |
//! | `routes` | the routes, and what the document of the API says of them |
//! | `ask`, `place` | who asks, for which table? |
//! | `filter` | is a filter one, and of this table? |
//! | `sessions`, `store` | what does Lance know of whom, and how does it reach the store? |
//! | `workshop`, `priority` | where do queries run, how many, how long, and before whom? |
//! | `open`, `gather`, `rerank` | how is a table read, and how are results weighed? |
//! | `values`, `form` | in which forms do rows leave the house? |
//! | `failure` | what do errors of Lance mean to the caller? |

mod ask;
mod desk;
mod failure;
mod figures;
mod filter;
mod form;
mod gather;
mod open;
mod place;
mod plugin;
mod priority;
mod rerank;
mod routes;
mod sessions;
mod settings;
mod store;
mod values;
mod workshop;

pub use plugin::LancePlugin;
pub use settings::Settings;
