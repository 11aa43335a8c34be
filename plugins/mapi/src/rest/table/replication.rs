//! The system: replication.

use super::{Param, Row, V};
use crate::rest::models::replication::{
    CERTIFICATE, CERTIFICATE_LIST, LINK_CONTENT, LINK_CREATE, LINK_LIST, LINK_RESPONSE,
    LINK_UPDATE, REPLICATION_SERVICE, SCHEDULE,
};
use crate::rest::row::{Content, Done, Named};

/// Below the service.
macro_rules! service {
    ($rest:literal) => {
        concat!("/services/replication", $rest)
    };
}

/// Below one link.
macro_rules! link {
    ($rest:literal) => {
        concat!("/services/replication/links/{link_name}", $rest)
    };
}

const SERVICE: &[Param] = &[
    Param::text("shutDownAllLinks"),
    Param::order("reestablishAllLinks"),
];

const LINK: &[Param] = &[
    Param::order("suspend"),
    Param::order("resume"),
    Param::order("failOver"),
    Param::order("failBack"),
    Param::order("beginRecover"),
    Param::order("completeRecovery"),
    Param::order("restore"),
];

const PAUSE: &[Param] = &[Param::order("pause"), Param::order("resume")];

const TENANT: Named = Named::Path("tenant_name");
const DIRECTORY: Named = Named::Path("directory");
const CHAINED: Named = Named::Path("chained_link");

/// Section 10.3 of the contract.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    Row::get(service!(""), &REPLICATION_SERVICE).query(&[V]),
    Row::post(service!(""), Content::Maybe(&REPLICATION_SERVICE)).query(SERVICE),
    Row::get(service!("/certificates"), &CERTIFICATE_LIST).query(&[V]),
    Row::put(service!("/certificates"), Content::File),
    Row::fetch(service!("/certificates/server"), Done::PlainText),
    Row::get(service!("/certificates/{certificate_id}"), &CERTIFICATE),
    Row::delete(service!("/certificates/{certificate_id}"))
        .names("certificateId", Named::Path("certificate_id")),
    Row::get(service!("/links"), &LINK_LIST).query(&[V]),
    Row::put(service!("/links"), Content::Document(&LINK_CREATE)).names("name", Named::Body("name")),
    Row::get(link!(""), &LINK_RESPONSE).query(&[V]),
    Row::head(link!("")).done(Done::BareAsHcp),
    Row::post(link!(""), Content::Maybe(&LINK_UPDATE)).query(LINK),
    Row::delete(link!("")).names("name", Named::Path("link_name")),
    Row::get(link!("/content"), &LINK_CONTENT),
    Row::get(link!("/content/tenants"), &LINK_CONTENT),
    Row::put(link!("/content/tenants/{tenant_name}"), Content::Nothing).names("tenant", TENANT),
    Row::get(link!("/content/tenants/{tenant_name}"), &LINK_CONTENT),
    Row::delete(link!("/content/tenants/{tenant_name}")).names("tenant", TENANT),
    Row::post(link!("/content/tenants/{tenant_name}"), Content::Nothing).query(PAUSE),
    Row::get(link!("/content/defaultNamespaceDirectories"), &LINK_CONTENT),
    Row::put(link!("/content/defaultNamespaceDirectories/{directory}"), Content::Nothing).names("directory", DIRECTORY),
    Row::delete(link!("/content/defaultNamespaceDirectories/{directory}")).names("directory", DIRECTORY),
    Row::get(link!("/content/chainedLinks"), &LINK_CONTENT),
    Row::put(link!("/content/chainedLinks/{chained_link}"), Content::Nothing).names("name", CHAINED),
    Row::delete(link!("/content/chainedLinks/{chained_link}")).names("name", CHAINED),
    Row::get(link!("/localCandidates"), &LINK_CONTENT),
    Row::get(link!("/localCandidates/tenants"), &LINK_CONTENT),
    Row::get(link!("/localCandidates/defaultNamespaceDirectories"), &LINK_CONTENT),
    Row::get(link!("/localCandidates/chainedLinks"), &LINK_CONTENT),
    Row::get(link!("/remoteCandidates"), &LINK_CONTENT),
    Row::get(link!("/remoteCandidates/tenants"), &LINK_CONTENT),
    Row::get(link!("/remoteCandidates/defaultNamespaceDirectories"), &LINK_CONTENT),
    Row::get(link!("/remoteCandidates/chainedLinks"), &LINK_CONTENT),
    Row::get(link!("/schedule"), &SCHEDULE),
    Row::post(link!("/schedule"), Content::Document(&SCHEDULE)),
];
