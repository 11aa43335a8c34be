//! One tenant's namespaces and their settings.

use super::tenant::CHARGEBACK;
use super::{Param, Row, Sent, V, listing};
use crate::rest::models::namespace::{
    CIFS_PROTOCOL, COMPLIANCE_SETTINGS, CUSTOM_METADATA_INDEXING_SETTINGS, HTTP_PROTOCOL,
    NAMESPACE_CREATE, NAMESPACE_LIST, NAMESPACE_RESPONSE, NAMESPACE_UPDATE, NFS_PROTOCOL,
    PROTOCOLS, REPLICATION_COLLISION_SETTINGS, RETENTION_CLASS_CREATE, RETENTION_CLASS_LIST,
    RETENTION_CLASS_RESPONSE, RETENTION_CLASS_UPDATE, SMTP_PROTOCOL, VERSIONING_SETTINGS,
};
use crate::rest::models::tenant::{
    CHARGEBACK_REPORT, CORS_CONFIGURATION, NAMESPACE_STATISTICS, PERMISSIONS_RESPONSE,
};
use crate::rest::row::{Content, Done, Named};

/// The namespaces of one tenant.
macro_rules! namespaces {
    ($rest:literal) => {
        concat!("/tenants/{tenant_name}/namespaces", $rest)
    };
}

/// Below one namespace.
macro_rules! namespace {
    ($rest:literal) => {
        concat!("/tenants/{tenant_name}/namespaces/{ns_name}", $rest)
    };
}

/// Accepts `verbose` and does not pass it on.
const LIST: &[Param] = &listing(Param::flag("verbose", Sent::Never));

const ANY_PROTOCOL: Done = Done::AnyOf(&[
    &HTTP_PROTOCOL,
    &CIFS_PROTOCOL,
    &NFS_PROTOCOL,
    &SMTP_PROTOCOL,
]);

const SELF: &str = "namespace '{ns_name}'";

/// Sections 10.6 and 10.7 of the contract.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    Row::get(namespaces!(""), &NAMESPACE_LIST).query(LIST).of("namespaces"),
    Row::put(namespaces!(""), Content::Document(&NAMESPACE_CREATE)).names("name", Named::Body("name")).of("namespace"),
    Row::fetch(namespaces!("/export"), Done::Template).query(&[Param::text("names").required()]),
    Row::get(namespace!(""), &NAMESPACE_RESPONSE).query(&[V]).of(SELF),
    Row::head(namespace!("")).of(SELF),
    Row::delete(namespace!("")).of(SELF),
    Row::post(namespace!(""), Content::Document(&NAMESPACE_UPDATE)).query(&[Param::text("resetMQECheckpoint")]).of(SELF),
    Row::fetch(namespace!("/export"), Done::Template),
    Row::get(namespace!("/versioningSettings"), &VERSIONING_SETTINGS),
    Row::post(namespace!("/versioningSettings"), Content::Document(&VERSIONING_SETTINGS)),
    Row::delete(namespace!("/versioningSettings")),
    Row::get(namespace!("/complianceSettings"), &COMPLIANCE_SETTINGS),
    Row::post(namespace!("/complianceSettings"), Content::Document(&COMPLIANCE_SETTINGS)),
    Row::get(namespace!("/retentionClasses"), &RETENTION_CLASS_LIST).query(&[V]),
    Row::put(namespace!("/retentionClasses"), Content::Document(&RETENTION_CLASS_CREATE)).names("name", Named::Body("name")),
    Row::get(namespace!("/retentionClasses/{class_name}"), &RETENTION_CLASS_RESPONSE).query(&[V]),
    Row::head(namespace!("/retentionClasses/{class_name}")).done(Done::BareAsHcp),
    Row::post(namespace!("/retentionClasses/{class_name}"), Content::Document(&RETENTION_CLASS_UPDATE)),
    Row::delete(namespace!("/retentionClasses/{class_name}")),
    Row::get(namespace!("/permissions"), &PERMISSIONS_RESPONSE),
    Row::post(namespace!("/permissions"), Content::Object),
    Row::get(namespace!("/protocols"), &PROTOCOLS),
    Row::post(namespace!("/protocols"), Content::Document(&PROTOCOLS)),
    Row::fetch(namespace!("/protocols/{protocol}"), ANY_PROTOCOL),
    Row::post(namespace!("/protocols/http"), Content::Document(&HTTP_PROTOCOL)),
    Row::post(namespace!("/protocols/cifs"), Content::Document(&CIFS_PROTOCOL)),
    Row::post(namespace!("/protocols/nfs"), Content::Document(&NFS_PROTOCOL)),
    Row::post(namespace!("/protocols/smtp"), Content::Document(&SMTP_PROTOCOL)),
    Row::get(namespace!("/replicationCollisionSettings"), &REPLICATION_COLLISION_SETTINGS),
    Row::post(namespace!("/replicationCollisionSettings"), Content::Document(&REPLICATION_COLLISION_SETTINGS)),
    Row::get(namespace!("/cors"), &CORS_CONFIGURATION),
    Row::put(namespace!("/cors"), Content::Document(&CORS_CONFIGURATION)).names("namespace", Named::Path("ns_name")),
    Row::delete(namespace!("/cors")),
    Row::get(namespace!("/customMetadataIndexingSettings"), &CUSTOM_METADATA_INDEXING_SETTINGS),
    Row::post(namespace!("/customMetadataIndexingSettings"), Content::Document(&CUSTOM_METADATA_INDEXING_SETTINGS)),
    Row::get(namespace!("/statistics"), &NAMESPACE_STATISTICS),
    Row::get(namespace!("/chargebackReport"), &CHARGEBACK_REPORT).query(CHARGEBACK),
];
