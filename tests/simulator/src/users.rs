//! The one user table behind every API, and the keys that HCP derives from it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};

use crate::role::Role;

/// Where the system-level users are: no tenant has this name.
pub(crate) const SYSTEM: &str = "";

/// One account of a tenant or of the system. The password is HCP's own secret: it never shows in
/// `Debug`.
#[derive(Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a property of its own, as HCP has them"
)]
pub struct User {
    /// Unique within its tenant. S3 keys are derived from it as it is written here; the
    /// Management API does not regard its case.
    pub username: String,
    /// Clear text, as the administrator typed it.
    pub password: String,
    /// A disabled account still has keys; everything it asks is `AccessDenied`.
    pub enabled: bool,
    /// Whether the user may create buckets.
    pub allow_namespace_management: bool,
    /// Whether the user may use the metadata query API at all. Where is a matter of buckets.
    pub allow_search: bool,
    /// What the user may do in the Management API.
    pub roles: BTreeSet<Role>,
    /// The name of the person.
    pub full_name: String,
    /// Free text, empty when there is none.
    pub description: String,
    /// HCP's consoles ask for a new password; its APIs do not.
    pub force_password_change: bool,
}

impl User {
    /// An enabled user who may create buckets and has every role that a tenant knows.
    #[must_use]
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Self {
        let username = username.into();
        Self {
            full_name: username.clone(),
            username,
            password: password.into(),
            enabled: true,
            allow_namespace_management: true,
            allow_search: true,
            roles: Role::OF_TENANTS.into(),
            description: String::new(),
            force_password_change: false,
        }
    }

    /// The same user with these roles and no others.
    #[must_use]
    pub fn with_roles(mut self, roles: impl IntoIterator<Item = Role>) -> Self {
        self.roles = roles.into_iter().collect();
        self
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("username", &self.username)
            .field("enabled", &self.enabled)
            .field(
                "allow_namespace_management",
                &self.allow_namespace_management,
            )
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}

/// The S3 access key of a user: `base64(username)`.
#[must_use]
pub fn access_key(username: &str) -> String {
    STANDARD.encode(username)
}

/// The S3 secret key of a user: lower-case hex MD5 of the password.
#[must_use]
pub fn secret_key(password: &str) -> String {
    hex::encode(Md5::digest(password))
}

/// The canonical id (`userGUID`) that ACLs and owners show; stable for a name in a tenant.
pub(crate) fn guid(tenant: &str, username: &str) -> String {
    let digest = hex::encode(Md5::digest(format!("{tenant}/{username}")));
    let group = |from, to| digest.get(from..to).unwrap_or_default();
    [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)]
        .map(|(from, to)| group(from, to))
        .join("-")
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// All tenants and their users, and the users of the system under [`SYSTEM`]. Tenant names are compared without regard to case.
#[derive(Default)]
pub(crate) struct Users {
    tenants: RwLock<BTreeMap<String, BTreeMap<String, User>>>,
}

impl Users {
    pub(crate) fn add_tenant(&self, tenant: &str) {
        self.write().entry(tenant.to_ascii_lowercase()).or_default();
    }

    /// Adds or replaces a user, and the tenant with it.
    pub(crate) fn put(&self, tenant: &str, user: User) {
        self.write()
            .entry(tenant.to_ascii_lowercase())
            .or_default()
            .insert(user.username.clone(), user);
    }

    pub(crate) fn get(&self, tenant: &str, username: &str) -> Option<User> {
        self.read().get(tenant)?.get(username).cloned()
    }

    /// The user of this name, whatever its case: as the Management API looks it up.
    pub(crate) fn find(&self, tenant: &str, username: &str) -> Option<User> {
        let tenants = self.read();
        let mut users = tenants.get(tenant)?.values();
        users.find(|user| same(&user.username, username)).cloned()
    }

    /// All users of a tenant, in the order of their names.
    pub(crate) fn all(&self, tenant: &str) -> Vec<User> {
        let tenants = self.read();
        let users = tenants.get(tenant).into_iter().flat_map(BTreeMap::values);
        users.cloned().collect()
    }

    /// Takes a user away; whoever asks as that user from now on is a stranger.
    pub(crate) fn remove(&self, tenant: &str, username: &str) -> Option<User> {
        let mut tenants = self.write();
        let users = tenants.get_mut(tenant)?;
        let name = users.keys().find(|name| same(name, username))?.clone();
        users.remove(&name)
    }

    pub(crate) fn remove_tenant(&self, tenant: &str) {
        self.write().remove(tenant);
    }

    pub(crate) fn by_access_key(&self, tenant: &str, key: &str) -> Option<User> {
        let name = String::from_utf8(STANDARD.decode(key).ok()?).ok()?;
        self.get(tenant, &name)
    }

    pub(crate) fn by_guid(&self, tenant: &str, id: &str) -> Option<User> {
        let tenants = self.read();
        let mut users = tenants.get(tenant)?.values();
        users
            .find(|user| guid(tenant, &user.username) == id)
            .cloned()
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, BTreeMap<String, User>>> {
        self.tenants.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, BTreeMap<String, User>>> {
        self.tenants.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_documentation() {
        assert_eq!(access_key("lgreen"), "bGdyZWVu");
        assert_eq!(secret_key("p4ssw0rd"), "2a9d119df47ff993b662a8ef36f9ea20");
        assert_eq!(secret_key("start123"), "a3b9c163f6c520407ff34cfdb83ca5c6");
    }

    #[test]
    fn one_name_in_two_tenants_is_two_users() {
        let users = Users::default();
        users.put("North", User::new("ann", "one"));
        users.put("south", User::new("ann", "two"));
        let key = access_key("ann");
        let found = |tenant| users.by_access_key(tenant, &key).map(|u| u.password);
        assert_eq!(found("north").as_deref(), Some("one"));
        assert_eq!(found("south").as_deref(), Some("two"));
        assert_eq!(found("west"), None);
        assert_ne!(guid("north", "ann"), guid("south", "ann"));
    }

    #[test]
    fn a_password_does_not_show() {
        assert!(!format!("{:?}", User::new("ann", "hush")).contains("hush"));
    }
}
