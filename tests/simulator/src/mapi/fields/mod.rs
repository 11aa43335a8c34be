//! The properties of every resource, as HCP's documents name them.

pub(crate) mod accounts;
pub(crate) mod erasure;
pub(crate) mod namespace;
pub(crate) mod protocols;
pub(crate) mod replication;
pub(crate) mod system;
pub(crate) mod tenant;

use super::field::{Field, flag, group, texts, whole};

/// A resource without properties of its own.
pub(crate) const NONE: &[Field] = &[];

pub(crate) const TAGS: Field = group("tags", &[texts("tag")]);

/// Addresses that may or may not come in.
pub(crate) const IP_SETTINGS: Field = group(
    "ipSettings",
    &[
        group("allowAddresses", &[texts("ipAddress")]),
        group("denyAddresses", &[texts("ipAddress")]),
        flag("allowIfInBothLists"),
    ],
);

pub(crate) const STATISTICS: &[Field] = &[
    whole("objectCount"),
    whole("ingestedVolume"),
    whole("storageCapacityUsed"),
    whole("customMetadataCount"),
    whole("customMetadataSize"),
    whole("shredCount"),
    whole("shredSize"),
];
