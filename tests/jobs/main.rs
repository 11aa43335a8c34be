//! Jobs in the background before a simulated HCP: counting, deleting and archives, in one process and in several.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

#[allow(dead_code, reason = "the stories of objects need more of it")]
#[path = "../objects/desk.rs"]
mod desk;
#[path = "../house/mod.rs"]
mod house;

mod counts;
mod crashes;
mod deletes;
mod disk;
mod events;
mod faults;
mod memory;
mod outages;
mod owners;
mod replicas;
mod rules;
mod task;
mod zips;
