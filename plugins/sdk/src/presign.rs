//! Links to one request at the S3 door, and the address under which clients reach that door.

use std::fmt;
use std::time::Duration;

use crate::error::Error;
use crate::principal::Principal;
use crate::tenant::Tenant;
use crate::tokens::Permit;

/// The longest life of a link (AWS, "Authenticating Requests: Using Query Parameters").
pub const LONGEST: Duration = Duration::from_hours(7 * 24);

/// Makes links that are good for one request each.
///
/// A link carries a [`Grant`](crate::tokens::Grant) and is signed: whoever has it can send that one
/// request, and nobody can make another of it. Nothing is asked of the store, which decides when
/// the link is used.
pub trait Presigner: Send + Sync {
    /// The address of the request that `permit` allows, good from now on for `lifetime` (whole
    /// seconds, from one to [`LONGEST`]), whatever the end of the caller's login. It is a secret.
    ///
    /// # Errors
    /// Nothing says under which address the S3 door stands for this caller; a lifetime out of
    /// bounds.
    fn presign(
        &self,
        caller: &Principal,
        permit: Permit,
        lifetime: Duration,
    ) -> Result<String, Error>;
}

/// Where clients reach the S3 door.
#[derive(Debug, Clone, Default)]
pub struct PublicAddress {
    /// The address, with `{tenant}` where the tenant belongs; empty: HCP's own.
    pub pattern: String,
    /// HCP's domain.
    pub domain: Option<String>,
}

impl PublicAddress {
    /// The address for a tenant's users: the pattern with the tenant put in, or
    /// `https://{tenant}.{domain}` where there is none; `None` where a part is unknown.
    #[must_use]
    pub fn s3(&self, tenant: Option<&Tenant>) -> Option<String> {
        match (self.pattern.as_str(), tenant) {
            ("", tenant) => Some(format!("https://{}.{}", tenant?, self.domain.as_ref()?)),
            (pattern, Some(tenant)) => Some(pattern.replace("{tenant}", tenant.as_str())),
            (pattern, None) => Some(pattern.to_owned()).filter(|url| !url.contains("{tenant}")),
        }
    }
}

impl fmt::Debug for dyn Presigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Presigner(..)")
    }
}
