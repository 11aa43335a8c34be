//! Work that outlives a request, survives a crash, and belongs to whoever asked for it.
//!
//! | room | question |
//! |---|---|
//! | [`engine`] | how does a job come in, run, go on elsewhere, and end? |
//! | [`kind`], [`work`] | what does a kind of job have to do, and what is it given for that? |
//! | [`job`] | what does its owner see of it? |
//! | [`store`] | where does it lie meanwhile: `SQLite`, or Redis? |
//! | `vault` | how is that kept from everybody else? |
//! | [`files`] | where do jobs make files? |
//! | `kinds` | what is there to do: deleting, counting |
//! | `routes` | in which words is it asked for and told? |
//! | `plugin`, `settings`, `figures` | what stands in the house? |
//!
//! It lends [`JobRoutes`](portico_sdk::jobs::JobRoutes) to the plugin that owns the paths of objects,
//! and must stand before it in the roster, and after `auth`, which lends the seals.

pub mod engine;
mod figures;
pub mod files;
pub mod job;
pub mod kind;
mod kinds;
mod live;
mod plugin;
mod routes;
mod settings;
pub mod store;
#[cfg(test)]
mod testing;
mod vault;
pub mod work;

pub use plugin::JobsPlugin;
pub use settings::Settings;
