//! The roles of accounts, as HCP names them.

use std::str::FromStr;

/// What an account may do in the Management API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Changes configuration.
    Administrator,
    /// Sets retention; deletes under retention. Tenants only.
    Compliance,
    /// Looks at configuration.
    Monitor,
    /// Queries the whole repository. System only.
    Search,
    /// Manages accounts.
    Security,
    /// Hardware and support. System only.
    Service,
}

/// A name that is no role.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no role")]
pub struct UnknownRole(String);

impl Role {
    pub(crate) const OF_TENANTS: [Self; 4] = [
        Self::Administrator,
        Self::Compliance,
        Self::Monitor,
        Self::Security,
    ];
    pub(crate) const OF_SYSTEM: [Self; 5] = [
        Self::Administrator,
        Self::Monitor,
        Self::Search,
        Self::Security,
        Self::Service,
    ];

    /// The role as documents write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "ADMINISTRATOR",
            Self::Compliance => "COMPLIANCE",
            Self::Monitor => "MONITOR",
            Self::Search => "SEARCH",
            Self::Security => "SECURITY",
            Self::Service => "SERVICE",
        }
    }
}

/// Names are those of [`Role::as_str`], in either case.
impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        let every = Self::OF_SYSTEM.into_iter().chain(Self::OF_TENANTS);
        let mut fitting = every.filter(|role| role.as_str().eq_ignore_ascii_case(text));
        fitting.next().ok_or_else(|| UnknownRole(text.to_owned()))
    }
}
