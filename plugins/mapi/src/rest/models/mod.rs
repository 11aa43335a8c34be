//! The documents of the contract, as data.

pub(super) mod accounts;
pub(super) mod choices;
pub(super) mod common;
pub(super) mod namespace;
pub(super) mod replication;
pub(super) mod system;
pub(super) mod tenant;
