//! Documents: pieces that several documents share.

use super::choices::{PERMISSION, ROLE};
use crate::rest::words::{Field, Kind, Model, Preset, kind, models};

models! {
    IP_SETTINGS "IpSettings" {
        allowAddresses: [ipAddress text], denyAddresses: [ipAddress text],
        allowIfInBothLists: flag,
    }
    ROLE_LIST "RoleList" {
        role: [{ROLE}],
    }
    PERMISSION_LIST "PermissionList" {
        permission: [{PERMISSION}],
    }
    TAG_LIST "TagList" {
        tag: [text],
    }
    UPDATE_PASSWORD_REQUEST "UpdatePasswordRequest" {
        newPassword(required): secret, oldPassword: secret,
    }
}
