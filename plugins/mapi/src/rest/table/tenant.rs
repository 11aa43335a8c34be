//! One tenant: its settings, its users and groups, its content classes.

use super::{Param, Row, Sent, V, listing};
use crate::rest::models::accounts::{
    DATA_ACCESS_PERMISSIONS, GROUP_ACCOUNT_CREATE, GROUP_ACCOUNT_LIST, GROUP_ACCOUNT_RESPONSE,
    GROUP_ACCOUNT_UPDATE, USER_ACCOUNT_CREATE, USER_ACCOUNT_LIST, USER_ACCOUNT_RESPONSE,
    USER_ACCOUNT_UPDATE,
};
use crate::rest::models::choices::GRANULARITY;
use crate::rest::models::common::UPDATE_PASSWORD_REQUEST;
use crate::rest::models::tenant::{
    AVAILABLE_SERVICE_PLAN, AVAILABLE_SERVICE_PLAN_LIST, CHARGEBACK_REPORT, CONSOLE_SECURITY,
    CONTACT_INFO, CONTENT_CLASS_CREATE, CONTENT_CLASS_LIST, CONTENT_CLASS_RESPONSE,
    CONTENT_CLASS_UPDATE, CORS_CONFIGURATION, EMAIL_NOTIFICATION, NAMESPACE_DEFAULTS,
    NAMESPACE_STATISTICS, PERMISSIONS_RESPONSE, SEARCH_SECURITY, TENANT_RESPONSE, TENANT_UPDATE,
};
use crate::rest::row::{Content, Done, Named};

/// Below one tenant.
macro_rules! tenant {
    ($rest:literal) => {
        concat!("/tenants/{tenant_name}", $rest)
    };
}

/// The time that a chargeback report is of.
pub(super) const CHARGEBACK: &[Param] = &[
    Param::text("start"),
    Param::text("end"),
    Param::choice("granularity", &GRANULARITY, Sent::Or("total")),
];

const USERS: &[Param] = &listing(V);

/// Accepts `verbose` and does not pass it on.
const PERMISSIONS: &[Param] = &listing(Param::flag("verbose", Sent::Never));

const SELF: &str = "tenant '{tenant_name}'";
const USER: &str = "user '{username}'";
const GROUP: &str = "group '{group_name}'";

/// Section 10.5 of the contract, without accounts.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    Row::fetch(tenant!(""), Done::Released(&TENANT_RESPONSE)).query(&[V]).of(SELF),
    Row::head(tenant!("")).of(SELF),
    Row::post(tenant!(""), Content::Document(&TENANT_UPDATE)).of(SELF),
    Row::get(tenant!("/consoleSecurity"), &CONSOLE_SECURITY),
    Row::post(tenant!("/consoleSecurity"), Content::Document(&CONSOLE_SECURITY)),
    Row::get(tenant!("/contactInfo"), &CONTACT_INFO),
    Row::post(tenant!("/contactInfo"), Content::Document(&CONTACT_INFO)),
    Row::get(tenant!("/emailNotification"), &EMAIL_NOTIFICATION),
    Row::post(tenant!("/emailNotification"), Content::Document(&EMAIL_NOTIFICATION)),
    Row::get(tenant!("/namespaceDefaults"), &NAMESPACE_DEFAULTS).query(&[V]),
    Row::post(tenant!("/namespaceDefaults"), Content::Document(&NAMESPACE_DEFAULTS)),
    Row::get(tenant!("/searchSecurity"), &SEARCH_SECURITY),
    Row::post(tenant!("/searchSecurity"), Content::Document(&SEARCH_SECURITY)),
    Row::get(tenant!("/permissions"), &PERMISSIONS_RESPONSE),
    Row::post(tenant!("/permissions"), Content::Object),
    Row::get(tenant!("/availableServicePlans"), &AVAILABLE_SERVICE_PLAN_LIST),
    Row::get(tenant!("/availableServicePlans/{plan_name}"), &AVAILABLE_SERVICE_PLAN),
    Row::get(tenant!("/cors"), &CORS_CONFIGURATION),
    Row::put(tenant!("/cors"), Content::Document(&CORS_CONFIGURATION)).names("tenant", Named::Path("tenant_name")),
    Row::delete(tenant!("/cors")),
    Row::get(tenant!("/chargebackReport"), &CHARGEBACK_REPORT).query(CHARGEBACK),
    Row::get(tenant!("/statistics"), &NAMESPACE_STATISTICS),
    Row::fetch(tenant!("/contentClasses"), Done::Listing(&CONTENT_CLASS_LIST, &CONTENT_CLASS_RESPONSE)).query(&[V]),
    Row::put(tenant!("/contentClasses"), Content::Document(&CONTENT_CLASS_CREATE)).names("name", Named::Body("name")),
    Row::get(tenant!("/contentClasses/{content_class_name}"), &CONTENT_CLASS_RESPONSE).query(&[V]),
    Row::head(tenant!("/contentClasses/{content_class_name}")).done(Done::BareAsHcp),
    Row::post(tenant!("/contentClasses/{content_class_name}"), Content::Document(&CONTENT_CLASS_UPDATE)),
    Row::delete(tenant!("/contentClasses/{content_class_name}")),
];

/// Section 10.5 of the contract: users and groups.
#[rustfmt::skip]
pub(super) const ACCOUNTS: &[Row] = &[
    Row::fetch(tenant!("/userAccounts"), Done::Listing(&USER_ACCOUNT_LIST, &USER_ACCOUNT_RESPONSE)).query(USERS),
    Row::put(tenant!("/userAccounts"), Content::Document(&USER_ACCOUNT_CREATE))
        .query(&[Param::secret("password").required()]).names("username", Named::Body("username")).of("user account"),
    Row::post(tenant!("/userAccounts"), Content::Empty)
        .query(&[Param::secret("resetPasswords").required()]).says("passwords_reset"),
    Row::get(tenant!("/userAccounts/{username}"), &USER_ACCOUNT_RESPONSE).query(&[V]).of(USER),
    Row::head(tenant!("/userAccounts/{username}")).of(USER),
    Row::delete(tenant!("/userAccounts/{username}")).of(USER),
    Row::post(tenant!("/userAccounts/{username}"), Content::Document(&USER_ACCOUNT_UPDATE))
        .query(&[Param::secret("password")]).of(USER),
    Row::post(tenant!("/userAccounts/{username}/changePassword"), Content::Document(&UPDATE_PASSWORD_REQUEST))
        .says("password_changed"),
    Row::get(tenant!("/userAccounts/{username}/dataAccessPermissions"), &DATA_ACCESS_PERMISSIONS).query(PERMISSIONS),
    Row::post(tenant!("/userAccounts/{username}/dataAccessPermissions"), Content::Document(&DATA_ACCESS_PERMISSIONS)),
    Row::fetch(tenant!("/groupAccounts"), Done::Listing(&GROUP_ACCOUNT_LIST, &GROUP_ACCOUNT_RESPONSE)).query(&[V]),
    Row::put(tenant!("/groupAccounts"), Content::Document(&GROUP_ACCOUNT_CREATE))
        .names("groupname", Named::Body("groupname")).of("group account"),
    Row::get(tenant!("/groupAccounts/{group_name}"), &GROUP_ACCOUNT_RESPONSE).query(&[V]).of(GROUP),
    Row::head(tenant!("/groupAccounts/{group_name}")),
    Row::post(tenant!("/groupAccounts/{group_name}"), Content::Document(&GROUP_ACCOUNT_UPDATE)),
    Row::delete(tenant!("/groupAccounts/{group_name}")),
    Row::get(tenant!("/groupAccounts/{group_name}/dataAccessPermissions"), &DATA_ACCESS_PERMISSIONS),
    Row::post(tenant!("/groupAccounts/{group_name}/dataAccessPermissions"), Content::Document(&DATA_ACCESS_PERMISSIONS)),
];
