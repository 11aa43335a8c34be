//! Resources of tenants.

use super::{Resource, delete, get, item, list, post, put, single};
use crate::mapi::fields::{NONE, STATISTICS, accounts, namespace, tenant};
use crate::mapi::who::{A, AS, MA, MAC, MAS, S};
use crate::mapi::{accounts as user, chargeback, cors, groups, plain, repository, tenants};

const T: (&str, &str) = ("tenant", "name");
const CLASS: (&str, &str) = ("contentClass", "name");
const USER: (&str, &str) = ("userAccount", "username");
const GROUP: (&str, &str) = ("groupAccount", "groupname");

pub(super) const TABLE: &[Resource] = &[
    list(
        "tenants",
        "tenants",
        T,
        tenant::TENANT,
        &[get(MA, tenants::list), put(A, tenants::create)],
    ),
    item(
        "tenants/{tenant}",
        T,
        tenant::TENANT,
        &[
            get(MA.or_above(), tenants::read),
            post(A.or_above(), tenants::modify),
            delete(A.only_above(), tenants::remove),
        ],
    ),
    list(
        "tenants/{tenant}/availableServicePlans",
        "availableServicePlans",
        ("availableServicePlan", "name"),
        NONE,
        &[get(MA, tenants::plans)],
    ),
    item(
        "tenants/{tenant}/availableServicePlans/{plan}",
        ("availableServicePlan", "name"),
        tenant::SERVICE_PLAN,
        &[get(MA, tenants::plan)],
    ),
    single(
        "tenants/{tenant}/chargebackReport",
        "chargebackReport",
        NONE,
        &[get(MA.or_above(), chargeback::of_tenant)],
    ),
    single(
        "tenants/{tenant}/consoleSecurity",
        "consoleSecurity",
        tenant::CONSOLE_SECURITY,
        &[get(S, plain::read), post(S, plain::modify)],
    ),
    single(
        "tenants/{tenant}/contactInfo",
        "contactInfo",
        tenant::CONTACT_INFO,
        &[get(MA, plain::read), post(A, plain::modify)],
    ),
    single(
        "tenants/{tenant}/emailNotification",
        "emailNotification",
        tenant::EMAIL_NOTIFICATION,
        &[get(MA, plain::read), post(A, plain::modify)],
    ),
    single(
        "tenants/{tenant}/namespaceDefaults",
        "namespaceDefaults",
        tenant::NAMESPACE_DEFAULTS,
        &[get(MA, plain::read), post(A, plain::modify)],
    ),
    single(
        "tenants/{tenant}/permissions",
        "permissions",
        namespace::PERMISSIONS,
        &[get(MAC, plain::read), post(A, plain::overwrite)],
    ),
    single(
        "tenants/{tenant}/searchSecurity",
        "searchSecurity",
        tenant::SEARCH_SECURITY,
        &[get(S, plain::read), post(S, plain::modify)],
    ),
    single(
        "tenants/{tenant}/statistics",
        "statistics",
        STATISTICS,
        &[get(MA, repository::of_tenant)],
    ),
    single(
        "tenants/{tenant}/cors",
        "cors",
        tenant::CORS,
        &[
            put(A, cors::replace_default),
            get(MA, plain::read),
            delete(A, plain::remove),
        ],
    ),
    list(
        "tenants/{tenant}/contentClasses",
        "contentClasses",
        CLASS,
        tenant::CONTENT_CLASS,
        &[put(A, plain::create), get(MA, plain::list_or_show)],
    ),
    item(
        "tenants/{tenant}/contentClasses/{class}",
        CLASS,
        tenant::CONTENT_CLASS,
        &[
            get(MA, plain::read),
            post(A, plain::modify),
            delete(A, tenants::remove_class),
        ],
    ),
];

/// Accounts of tenants, and the same of the system.
pub(super) const ACCOUNTS: &[Resource] = &[
    list(
        "tenants/{tenant}/userAccounts",
        "userAccounts",
        USER,
        accounts::USER,
        &[
            put(S, user::create),
            get(MAS, user::list),
            post(S, user::reset_passwords),
        ],
    ),
    item(
        "tenants/{tenant}/userAccounts/{user}",
        USER,
        accounts::USER,
        &[
            get(MAS, user::read),
            post(AS, user::modify),
            delete(S, user::remove),
        ],
    ),
    single(
        "tenants/{tenant}/userAccounts/{user}/changePassword",
        "updatePasswordRequest",
        accounts::NEW_PASSWORD,
        &[post(S, user::change_password)],
    ),
    single(
        "tenants/{tenant}/userAccounts/{user}/dataAccessPermissions",
        "dataAccessPermissions",
        accounts::DATA_ACCESS,
        &[get(AS, user::permissions), post(A, user::permit)],
    ),
    list(
        "tenants/{tenant}/groupAccounts",
        "groupAccounts",
        GROUP,
        accounts::GROUP,
        &[put(S, groups::create), get(MAS, plain::list_or_show)],
    ),
    item(
        "tenants/{tenant}/groupAccounts/{group}",
        GROUP,
        accounts::GROUP,
        &[
            get(MAS, plain::read),
            post(AS, plain::modify),
            delete(S, plain::remove),
        ],
    ),
    single(
        "tenants/{tenant}/groupAccounts/{group}/dataAccessPermissions",
        "dataAccessPermissions",
        accounts::DATA_ACCESS,
        &[get(AS, groups::permissions), post(A, groups::permit)],
    ),
    list(
        "userAccounts",
        "userAccounts",
        USER,
        accounts::USER,
        &[get(MAS, user::list)],
    ),
    item(
        "userAccounts/{user}",
        USER,
        accounts::USER,
        &[get(MAS, user::read), post(S, user::change_password_only)],
    ),
    single(
        "userAccounts/{user}/changePassword",
        "updatePasswordRequest",
        accounts::NEW_PASSWORD,
        &[post(S, user::change_password)],
    ),
    list(
        "groupAccounts",
        "groupAccounts",
        GROUP,
        accounts::GROUP,
        &[get(MAS, plain::list_or_show)],
    ),
    item(
        "groupAccounts/{group}",
        GROUP,
        accounts::GROUP,
        &[get(MAS, plain::read)],
    ),
];
