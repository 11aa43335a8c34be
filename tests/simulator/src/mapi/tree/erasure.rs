//! Resources of erasure coding.

use super::{Resource, delete, get, item, list, post, put, single};
use crate::mapi::fields::{NONE, erasure};
use crate::mapi::who::{A, MA};
use crate::mapi::{plain, topologies};

const TOPOLOGY: (&str, &str) = ("ecTopology", "name");
const TENANT: (&str, &str) = ("tenant", "name");

pub(super) const TABLE: &[Resource] = &[
    list(
        "services/erasureCoding/ecTopologies",
        "ecTopologies",
        TOPOLOGY,
        erasure::TOPOLOGY,
        &[get(MA, plain::list), put(A, topologies::create)],
    ),
    item(
        "services/erasureCoding/ecTopologies/{topology}",
        TOPOLOGY,
        erasure::TOPOLOGY,
        &[
            get(MA, topologies::read),
            post(A, topologies::modify),
            delete(A, topologies::remove),
        ],
    ),
    list(
        "services/erasureCoding/ecTopologies/{topology}/tenants",
        "tenants",
        TENANT,
        NONE,
        &[get(MA, topologies::tenants)],
    ),
    item(
        "services/erasureCoding/ecTopologies/{topology}/tenants/{item}",
        TENANT,
        NONE,
        &[
            put(A, topologies::add_tenant),
            delete(A, topologies::remove_tenant),
        ],
    ),
    single(
        "services/erasureCoding/ecTopologies/{topology}/tenantCandidates",
        "tenantCandidates",
        NONE,
        &[get(MA, topologies::candidates)],
    ),
    single(
        "services/erasureCoding/ecTopologies/{topology}/tenantConflictingCandidates",
        "tenantCandidates",
        NONE,
        &[get(MA, topologies::conflicts)],
    ),
    single(
        "services/erasureCoding/linkCandidates",
        "replicationLinks",
        NONE,
        &[get(MA, topologies::links)],
    ),
];
