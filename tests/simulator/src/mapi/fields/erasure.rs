//! Properties of erasure coding topologies.

use crate::mapi::field::{Field, choice, flag, group, groups, text, texts, whole};

pub(crate) const TOPOLOGY: &[Field] = &[
    text("name").needed(),
    choice("type", &["RING", "FULLY_CONNECTED"]).needed(),
    text("description"),
    whole("erasureCodingDelay"),
    flag("fullCopy"),
    whole("minimumObjectSize"),
    whole("restorePeriod"),
    group(
        "replicationLinks",
        &[groups(
            "replicationLink",
            &[
                text("name").needed(),
                text("uuid"),
                group("hcpSystems", &[texts("name")]),
                text("state"),
                whole("pausedTenantsCount"),
            ],
        )],
    )
    .needed(),
    group("hcpSystems", &[texts("name")]),
    choice("state", &["ACTIVE", "RETIRING", "RETIRED"]),
    text("protectionStatus"),
    text("readStatus"),
    group("tenants", &[texts("name")]),
    text("id").read_only(),
    whole("erasureCodedObjects").read_only(),
];
