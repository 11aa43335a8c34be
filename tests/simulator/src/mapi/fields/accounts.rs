//! Properties of user and group accounts.

use crate::mapi::field::{Field, flag, group, groups, some_of, text, whole};
use crate::mapi::who::{A, S};

const ROLES: &[&str] = &[
    "ADMINISTRATOR",
    "COMPLIANCE",
    "MONITOR",
    "SEARCH",
    "SECURITY",
    "SERVICE",
];

/// What a namespace lets a user do.
pub(crate) const DATA_PERMISSIONS: &[&str] = &[
    "BROWSE",
    "READ",
    "READ_ACL",
    "WRITE",
    "WRITE_ACL",
    "DELETE",
    "PURGE",
    "SEARCH",
    "PRIVILEGED",
    "CHOWN",
];

pub(crate) const USER: &[Field] = &[
    text("username").needed().by(S),
    text("fullName").needed().by(S),
    flag("enabled").needed().by(S),
    flag("forcePasswordChange").needed().by(S),
    flag("localAuthentication").needed().create_only(),
    text("description").by(S),
    group("roles", &[some_of("role", ROLES)]).by(S),
    flag("allowNamespaceManagement").modify_only().by(A),
    text("userGUID").read_only(),
    whole("userID").read_only(),
];

pub(crate) const GROUP: &[Field] = &[
    text("groupname").by(S),
    text("externalGroupID").create_only(),
    group("roles", &[some_of("role", ROLES)]).by(S),
    flag("allowNamespaceManagement").by(A),
];

pub(crate) const NEW_PASSWORD: &[Field] = &[text("newPassword").needed(), text("oldPassword")];

pub(crate) const DATA_ACCESS: &[Field] = &[groups(
    "namespacePermission",
    &[
        text("namespaceName").needed(),
        group("permissions", &[some_of("permission", DATA_PERMISSIONS)]),
    ],
)];
