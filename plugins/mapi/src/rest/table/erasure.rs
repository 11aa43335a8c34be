//! The system: erasure coding.

use super::{Param, Row, Sent, V};
use crate::rest::models::replication::{
    EC_LINK_CANDIDATE_LIST, EC_TOPOLOGY_CREATE, EC_TOPOLOGY_LIST, EC_TOPOLOGY_RESPONSE,
    TENANT_CANDIDATE_LIST,
};
use crate::rest::row::{Content, Done, Named};

/// Below the topologies.
macro_rules! topologies {
    ($rest:literal) => {
        concat!("/services/erasureCoding/ecTopologies", $rest)
    };
}

const TENANT: Named = Named::Path("tenant_name");

/// Section 10.4 of the contract.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    Row::get(topologies!(""), &EC_TOPOLOGY_LIST).query(&[V]),
    Row::put(topologies!(""), Content::Document(&EC_TOPOLOGY_CREATE)).names("name", Named::Body("name")),
    Row::get(topologies!("/{topology_name}"), &EC_TOPOLOGY_RESPONSE).query(&[V]),
    Row::head(topologies!("/{topology_name}")).done(Done::BareAsHcp),
    Row::post(topologies!("/{topology_name}"), Content::Nothing).query(&[Param::order("retire")]),
    Row::delete(topologies!("/{topology_name}")).query(&[Param::flag("force", Sent::IfTrue("true"))]),
    Row::get(topologies!("/{topology_name}/tenantCandidates"), &TENANT_CANDIDATE_LIST).query(&[V]),
    Row::get(topologies!("/{topology_name}/tenantConflictingCandidates"), &TENANT_CANDIDATE_LIST).query(&[V]),
    Row::get(topologies!("/{topology_name}/tenants"), &TENANT_CANDIDATE_LIST),
    Row::put(topologies!("/{topology_name}/tenants/{tenant_name}"), Content::Nothing).names("tenant", TENANT),
    Row::delete(topologies!("/{topology_name}/tenants/{tenant_name}")).names("tenant", TENANT),
    Row::get("/services/erasureCoding/linkCandidates", &EC_LINK_CANDIDATE_LIST).query(&[V]),
];
