//! The system: tenants, accounts, infrastructure and operations.

use super::{Param, Row, Sent, V};
use crate::rest::models::accounts::{
    GROUP_ACCOUNT_LIST, GROUP_ACCOUNT_RESPONSE, USER_ACCOUNT_LIST, USER_ACCOUNT_RESPONSE,
};
use crate::rest::models::common::UPDATE_PASSWORD_REQUEST;
use crate::rest::models::system::{
    HEALTH_CHECK_DOWNLOAD, HEALTH_CHECK_DOWNLOAD_STATUS, HEALTH_CHECK_PREPARE, LICENSE,
    LICENSE_LIST, LOG_DOWNLOAD, LOG_DOWNLOAD_STATUS, LOG_PREPARE, NETWORK_SETTINGS,
    NODE_STATISTICS, SERVICE_STATISTICS, SUPPORT_ACCESS_CREDENTIALS,
};
use crate::rest::models::tenant::{TENANT_CREATE, TENANT_LIST};
use crate::rest::row::{Content, Done, Named};

const PRETTY: Param = Param::flag("prettyprint", Sent::IfTrue("True"));

const NEW_TENANT: &[Param] = &[
    Param::text("username").required(),
    Param::secret("password").required(),
    Param::flag("forcePasswordChange", Sent::Or("false")),
    Param::text("initialSecurityGroup"),
];

const LOGS: &[Param] = &[Param::text("mark"), Param::order("cancel")];

/// Section 10.1 of the contract.
#[rustfmt::skip]
pub(super) const ACCOUNTS: &[Row] = &[
    Row::get("/tenants", &TENANT_LIST).query(&[V, PRETTY]).of("tenants"),
    Row::put("/tenants", Content::Document(&TENANT_CREATE)).query(NEW_TENANT)
        .names("name", Named::Body("name")).of("tenant"),
    Row::fetch("/userAccounts", Done::Listing(&USER_ACCOUNT_LIST, &USER_ACCOUNT_RESPONSE)).query(&[V]),
    Row::get("/userAccounts/{username}", &USER_ACCOUNT_RESPONSE).query(&[V]).of("system user '{username}'"),
    Row::head("/userAccounts/{username}"),
    Row::post("/userAccounts/{username}", Content::Empty).query(&[Param::secret("password")]),
    Row::post("/userAccounts/{username}/changePassword", Content::Document(&UPDATE_PASSWORD_REQUEST))
        .says("password_changed"),
    Row::fetch("/groupAccounts", Done::Listing(&GROUP_ACCOUNT_LIST, &GROUP_ACCOUNT_RESPONSE)).query(&[V]),
    Row::get("/groupAccounts/{group_name}", &GROUP_ACCOUNT_RESPONSE).query(&[V]).of("system group '{group_name}'"),
    Row::head("/groupAccounts/{group_name}"),
];

/// Section 10.2 of the contract.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Row] = &[
    Row::get("/network", &NETWORK_SETTINGS).query(&[V]),
    Row::post("/network", Content::Document(&NETWORK_SETTINGS)),
    Row::get("/storage/licenses", &LICENSE_LIST).query(&[V]),
    Row::put("/storage/licenses", Content::File),
    Row::get("/storage/licenses/{serial_number}", &LICENSE),
    Row::get("/nodes/statistics", &NODE_STATISTICS).query(&[V]),
    Row::get("/services/statistics", &SERVICE_STATISTICS).query(&[V]),
    Row::get("/healthCheckReport", &HEALTH_CHECK_DOWNLOAD_STATUS),
    Row::post("/healthCheckReport/prepare", Content::Document(&HEALTH_CHECK_PREPARE)).says("ok"),
    Row::post("/healthCheckReport/download", Content::Document(&HEALTH_CHECK_DOWNLOAD))
        .done(Done::Download("hcp-health-check.zip")),
    Row::post("/healthCheckReport/cancel", Content::Nothing).asks("/healthCheckReport", "cancel").says("cancelled"),
    Row::get("/logs", &LOG_DOWNLOAD_STATUS),
    Row::post("/logs", Content::Nothing).query(LOGS).says("ok"),
    Row::post("/logs/prepare", Content::Document(&LOG_PREPARE)).says("ok"),
    Row::post("/logs/download", Content::Document(&LOG_DOWNLOAD)).done(Done::Download("hcp-logs.zip")),
    Row::get("/supportaccesscredentials", &SUPPORT_ACCESS_CREDENTIALS),
    Row::put("/supportaccesscredentials", Content::File),
];
