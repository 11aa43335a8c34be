//! The REST data plane before a simulated HCP: buckets, objects, versions, uploads.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

#[path = "../house/mod.rs"]
mod house;

mod buckets;
mod cached;
mod desk;
mod downloads;
mod faults;
mod front_ends;
mod heard;
mod many;
mod multipart;
mod names;
mod objects;
mod rules;
mod uploads;
