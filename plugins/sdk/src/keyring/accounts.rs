//! Whose passwords a request to the Management API touches.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;

use crate::credential::hcp_access_key;
use crate::management::segments;
use crate::tenant::Tenant;

/// Accounts of HCP whose secrets may be good no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounts {
    /// Their tenant; `None`: accounts of the system, who may have come in by any tenant.
    tenant: Option<Tenant>,
    /// The user, in lower case as HCP compares names; `None`: everyone.
    user: Option<String>,
}

impl Accounts {
    /// The accounts whose password, standing or existence a request to `/mapi` may change; `None`
    /// for every other request.
    ///
    /// The path is as sent, `/mapi` included; `host` is the tenant of the host that it is sent to,
    /// if it is not the system's. What the body says is not known here, so each POST to an account
    /// counts: to forget one that is still good costs one question to HCP (HCP, "HCP Management API
    /// Reference", user accounts).
    #[must_use]
    pub fn touched_by(method: &Method, path: &[u8], host: Option<&Tenant>) -> Option<Self> {
        if method.is_safe() {
            return None;
        }
        let segments = segments(path);
        let segments: Vec<_> = segments.iter().map(AsRef::as_ref).collect();
        let (tenant, resource) = match segments.as_slice() {
            ["mapi", "tenants", tenant, resource @ ..] => (Some(tenant.parse().ok()?), resource),
            ["mapi", resource @ ..] => (host.cloned(), resource),
            _ => return None,
        };
        let user = match (method, resource) {
            (_, ["useraccounts", _, .., "dataaccesspermissions"])
            | (&Method::DELETE, ["useraccounts"]) => {
                return None;
            }
            // `resetPasswords=` is for all at once; who came in by a group is not known.
            (&Method::POST, ["useraccounts"]) | (&Method::DELETE, ["groupaccounts", _, ..]) => None,
            // A name may hold a slash.
            (&Method::POST, ["useraccounts", user @ .., "changepassword"])
            | (&Method::POST | &Method::DELETE, ["useraccounts", user @ ..]) => {
                Some(user.join("/"))
            }
            (&Method::DELETE, []) if tenant.is_some() => None,
            _ => return None,
        };
        Some(Self { tenant, user })
    }

    /// Whether an access key belongs to one of them.
    #[must_use]
    pub fn cover(&self, tenant: &Tenant, access_key: &str) -> bool {
        if self.tenant.as_ref().is_some_and(|own| own != tenant) {
            return false;
        }
        let Some(user) = &self.user else {
            return true;
        };
        let name = STANDARD.decode(access_key).unwrap_or_default();
        String::from_utf8_lossy(&name).to_lowercase() == *user
    }

    /// Tenant and access key, where it is one account of one tenant, its name in lower case.
    #[must_use]
    pub fn single(&self) -> Option<(&Tenant, String)> {
        Some((self.tenant.as_ref()?, hcp_access_key(self.user.as_ref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str) -> Tenant {
        name.parse().unwrap()
    }

    fn touched(method: &Method, path: &str) -> Option<(Option<String>, Option<String>)> {
        let host = tenant("research");
        let accounts = Accounts::touched_by(method, path.as_bytes(), Some(&host))?;
        let tenant = accounts.tenant.map(|tenant| tenant.to_string());
        Some((tenant, accounts.user))
    }

    #[test]
    fn every_way_to_touch_a_password_is_known() {
        let some = |tenant: &str, user: &str| {
            let user = (!user.is_empty()).then(|| user.to_owned());
            Some((Some(tenant.to_owned()), user))
        };
        let of = "/mapi/tenants/Archive";
        for (method, path, expected) in [
            (Method::POST, "/userAccounts/Ada", some("archive", "ada")),
            (
                Method::POST,
                "/userAccounts/a%40b%20%C3%85/",
                some("archive", "a@b \u{e5}"),
            ),
            (
                Method::POST,
                "//userAccounts;x=y/ada;z",
                some("archive", "ada"),
            ),
            (
                Method::POST,
                "/userAccounts/a%2Fb%3Bc",
                some("archive", "a/b;c"),
            ),
            (
                Method::POST,
                "/userAccounts/a%2Fb/changePassword",
                some("archive", "a/b"),
            ),
            (
                Method::POST,
                "/%75serAccounts%2Fada",
                some("archive", "ada"),
            ),
            (Method::DELETE, "/userAccounts/ada", some("archive", "ada")),
            (
                Method::POST,
                "/userAccounts/ada/changePassword",
                some("archive", "ada"),
            ),
            (Method::POST, "/userAccounts", some("archive", "")),
            (Method::DELETE, "/groupAccounts/g", some("archive", "")),
            (Method::DELETE, "", some("archive", "")),
            (Method::GET, "/userAccounts/ada", None),
            (Method::PUT, "/userAccounts", None),
            (Method::POST, "", None),
            (
                Method::POST,
                "/userAccounts/ada/dataAccessPermissions",
                None,
            ),
            (Method::DELETE, "/namespaces/ada", None),
        ] {
            assert_eq!(touched(&method, &format!("{of}{path}")), expected, "{path}");
        }
        let own = touched(&Method::POST, "/mapi/userAccounts/ada/changePassword");
        assert_eq!(own, some("research", "ada"));
        assert_eq!(touched(&Method::POST, "/query"), None);
        assert_eq!(
            touched(&Method::POST, "/mapi/tenants/a%20b/userAccounts/x"),
            None
        );
    }

    #[test]
    fn the_systems_accounts_came_in_anywhere() {
        let path = b"/mapi/userAccounts/Root";
        let accounts = Accounts::touched_by(&Method::POST, path, None).unwrap();
        assert!(accounts.cover(&tenant("a"), &hcp_access_key("ROOT")));
        assert!(!accounts.cover(&tenant("a"), &hcp_access_key("roots")));
        assert_eq!(accounts.single(), None);
        assert_eq!(Accounts::touched_by(&Method::DELETE, b"/mapi", None), None);
    }

    #[test]
    fn others_are_left_alone() {
        let path = b"/mapi/tenants/a/userAccounts/ada";
        let accounts = Accounts::touched_by(&Method::POST, path, None).unwrap();
        let key = hcp_access_key("ada");
        assert!(accounts.cover(&tenant("a"), &key) && !accounts.cover(&tenant("b"), &key));
        assert!(!accounts.cover(&tenant("a"), "no base64"));
        assert_eq!(accounts.single(), Some((&tenant("a"), key)));
    }
}
