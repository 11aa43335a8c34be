//! Documents: users, groups and what they may do.

use super::common::{PERMISSION_LIST, ROLE_LIST};
use crate::rest::words::{Field, Kind, Model, Preset, kind, models};

models! {
    USER_ACCOUNT_CREATE "UserAccountCreate" {
        username(required): text, fullName(required): text, localAuthentication(required): flag,
        enabled(required): flag, forcePasswordChange(required): flag, description: text,
        roles: (ROLE_LIST), allowNamespaceManagement: flag,
    }
    USER_ACCOUNT_UPDATE "UserAccountUpdate" {
        fullName: text, description: text, enabled: flag, forcePasswordChange: flag,
        roles: (ROLE_LIST), allowNamespaceManagement: flag,
    }
    USER_ACCOUNT_RESPONSE "UserAccountResponse" {
        username: text, fullName: text, description: text, localAuthentication: flag,
        enabled: flag, forcePasswordChange: flag, roles: (ROLE_LIST),
        allowNamespaceManagement: flag, userGUID: text, userID: int,
    }
    USER_ACCOUNT_LIST "UserAccountList" {
        username: [text],
    }
    GROUP_ACCOUNT_CREATE "GroupAccountCreate" {
        groupname: text, externalGroupID: text, roles: (ROLE_LIST),
    }
    GROUP_ACCOUNT_UPDATE "GroupAccountUpdate" {
        roles: (ROLE_LIST), allowNamespaceManagement: flag,
    }
    GROUP_ACCOUNT_RESPONSE "GroupAccountResponse" {
        groupname: text, externalGroupID: text, roles: (ROLE_LIST), allowNamespaceManagement: flag,
    }
    GROUP_ACCOUNT_LIST "GroupAccountList" {
        groupname: [text],
    }
    NAMESPACE_PERMISSION "NamespacePermission" {
        namespaceName(required): text, permissions: (PERMISSION_LIST),
    }
    DATA_ACCESS_PERMISSIONS "DataAccessPermissions" {
        namespacePermission: [(NAMESPACE_PERMISSION)],
    }
}
