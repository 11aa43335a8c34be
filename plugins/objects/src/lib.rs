//! Buckets, objects, versions and uploads as REST: the data plane under `/api/v1/buckets`.
//!
//! | room | question |
//! |---|---|
//! | `plugin`, `settings`, `desk` | what is served, and with what? |
//! | `ask`, `keys` | who asks for which bucket, key and operation? |
//! | `heard` | what did the store and caches say? |
//! | `document`, `models` | is what the client sent in order? |
//! | `buckets`, `objects`, `multipart`, `events` | the routes |
//! | `upload` | how does a body of any length reach the store in constant memory? |
//! | `sweep` | how are many deleted? |
//! | `acl`, `labels`, `times`, `shapes` | in which words and forms do answers speak? |

mod acl;
mod ask;
mod buckets;
mod desk;
mod document;
mod events;
mod heard;
mod keys;
mod labels;
mod multipart;
mod objects;
mod plugin;
mod settings;
mod shapes;
mod sweep;
mod times;
mod upload;

pub use plugin::ObjectsPlugin;
pub use settings::Settings;
