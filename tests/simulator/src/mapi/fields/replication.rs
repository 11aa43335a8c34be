//! Properties of the replication service, its links and their schedules.

use crate::mapi::field::{Field, choice, flag, group, groups, text, whole};

pub(crate) const SERVICE: &[Field] = &[
    flag("allowTenantsToMonitorNamespaces"),
    whole("connectivityTimeoutSeconds"),
    flag("enableDNSFailover"),
    flag("enableDomainAndCertificateSynchronization"),
    text("network"),
    choice("verification", &["ON", "ONCE", "OFF"]),
    choice("status", &["ENABLED", "SHUTDOWN"]).read_only(),
];

const FAILOVER: &[Field] = &[
    flag("autoFailover"),
    whole("autoFailoverMinutes"),
    flag("autoCompleteRecovery"),
    whole("autoCompleteRecoveryMinutes"),
];

pub(crate) const LINK: &[Field] = &[
    text("name").needed(),
    choice("type", &["ACTIVE_ACTIVE", "OUTBOUND", "INBOUND"]).needed(),
    text("description"),
    flag("compression"),
    flag("encryption"),
    choice("priority", &["FAIR", "OLDEST_FIRST"]),
    group(
        "connection",
        &[
            text("localHost"),
            whole("localPort"),
            text("remoteHost"),
            whole("remotePort"),
        ],
    )
    .needed(),
    group(
        "failoverSettings",
        &[group("local", FAILOVER), group("remote", FAILOVER)],
    ),
    text("id").read_only(),
    choice("status", &["GOOD", "WARNING", "BAD"]).read_only(),
    text("statusMessage").read_only(),
    flag("suspended").read_only(),
    group("statistics", &[]).read_only(),
];

const SIDE: &[Field] = &[
    text("scheduleOverride"),
    groups(
        "transition",
        &[
            text("time").needed(),
            choice(
                "performanceLevel",
                &["LOW", "MEDIUM", "HIGH", "CUSTOM", "OFF", "NONE"],
            ),
        ],
    ),
];

pub(crate) const SCHEDULE: &[Field] = &[group("local", SIDE), group("remote", SIDE)];
