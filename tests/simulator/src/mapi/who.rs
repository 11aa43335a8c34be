//! Who may do what: roles, the allow-namespace-management property, and the level of an account.

use crate::role::Role;
use crate::users::User;

/// A set of roles, any of which is enough, with what goes for system-level accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Who(u8);

impl Who {
    const A: Self = Self(1);
    const C: Self = Self(2);
    const M: Self = Self(4);
    const S: Self = Self(8);
    const V: Self = Self(16);
    const MANAGER: Self = Self(32);
    const ABOVE: Self = Self(64);
    const ONLY_ABOVE: Self = Self(128);

    const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Users who manage namespaces may too, whatever their roles.
    pub(crate) const fn or_manager(self) -> Self {
        self.or(Self::MANAGER)
    }

    /// System-level accounts may in every tenant, without being let in by it.
    pub(crate) const fn or_above(self) -> Self {
        self.or(Self::ABOVE)
    }

    /// Nobody but system-level accounts may.
    pub(crate) const fn only_above(self) -> Self {
        self.or(Self::ONLY_ABOVE)
    }
}

pub(crate) const A: Who = Who::A;
pub(crate) const C: Who = Who::C;
pub(crate) const S: Who = Who::S;
pub(crate) const AS: Who = Who::A.or(Who::S);
pub(crate) const AV: Who = Who::A.or(Who::V);
pub(crate) const MA: Who = Who::M.or(Who::A);
pub(crate) const MAC: Who = MA.or(Who::C);
pub(crate) const MAS: Who = MA.or(Who::S);
pub(crate) const MASV: Who = MAS.or(Who::V);

fn bit(role: Role) -> Who {
    match role {
        Role::Administrator => Who::A,
        Role::Compliance => Who::C,
        Role::Monitor => Who::M,
        Role::Security => Who::S,
        Role::Service => Who::V,
        Role::Search => Who(0),
    }
}

/// An account that has proved who it is.
pub(crate) struct Actor {
    pub(crate) user: User,
    /// The tenant of a tenant-level account, in lower case.
    pub(crate) tenant: Option<String>,
}

impl Actor {
    /// Whether the account has one of these roles.
    pub(crate) fn has_role(&self, who: Who) -> bool {
        let mut roles = self.user.roles.iter();
        roles.any(|role| who.has(bit(*role)))
    }

    pub(crate) fn is_above(&self) -> bool {
        self.tenant.is_none()
    }

    /// What the account may do at the system's own resources.
    pub(crate) fn may_above(&self, who: Who) -> bool {
        self.is_above() && self.has_role(who)
    }

    /// What the account may do at the resources of a tenant. `open` says that the tenant lets
    /// system-level accounts in (`administrationAllowed`).
    pub(crate) fn may_within(&self, who: Who, tenant: &str, open: bool) -> bool {
        match &self.tenant {
            None => {
                let let_in = open || who.has(Who::ABOVE.or(Who::ONLY_ABOVE));
                let_in && self.has_role(who)
            }
            Some(own) => {
                let manages = self.user.allow_namespace_management && who.has(Who::MANAGER);
                own == tenant && !who.has(Who::ONLY_ABOVE) && (manages || self.has_role(who))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(tenant: Option<&str>, roles: &[Role]) -> Actor {
        let mut user = User::new("ann", "x").with_roles(roles.iter().copied());
        user.allow_namespace_management = false;
        Actor {
            user,
            tenant: tenant.map(str::to_owned),
        }
    }

    #[test]
    fn a_tenants_account_may_in_its_own_tenant() {
        let monitor = actor(Some("europe"), &[Role::Monitor]);
        assert!(monitor.may_within(MA, "europe", false));
        assert!(!monitor.may_within(A, "europe", false));
        assert!(!monitor.may_within(MA, "asia", true));
        assert!(!monitor.may_within(MA.only_above(), "europe", true));
        assert!(!monitor.may_above(MA));
    }

    #[test]
    fn the_systems_account_may_where_it_is_let_in() {
        let above = actor(None, &[Role::Administrator]);
        assert!(above.may_above(MA));
        assert!(!above.may_above(S));
        assert!(!above.may_within(MA, "europe", false));
        assert!(above.may_within(MA, "europe", true));
        assert!(above.may_within(MA.or_above(), "europe", false));
    }

    #[test]
    fn a_manager_of_namespaces_needs_no_role() {
        let mut manager = actor(Some("europe"), &[]);
        assert!(!manager.may_within(A.or_manager(), "europe", false));
        manager.user.allow_namespace_management = true;
        assert!(manager.may_within(A.or_manager(), "europe", false));
        assert!(!manager.may_within(A, "europe", false));
    }
}
