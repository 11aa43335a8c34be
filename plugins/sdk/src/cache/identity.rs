//! Who a kept answer belongs to.

use std::fmt;

use secrecy::ExposeSecret as _;

use super::ResponseCache;
use crate::credential::{AuthType, Credential};
use crate::principal::Principal;

/// A keyed hash of user, tenant, secret and kind of account. Who has the user's name alone, or a wrong
/// password, is somebody else.
///
/// The way in does not count: one who signs and one who shows a token are the same, if they
/// have the same secret.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Identity([u8; 32]);

impl Identity {
    /// The identity that S3 requests of a principal have to the store.
    #[must_use]
    pub fn data(cache: &dyn ResponseCache, principal: &Principal) -> Self {
        if let Credential::House(_) = principal.credential {
            // The store sees one account for everyone: it is the house that tells them apart.
            return Self::of(cache, principal, "house", &principal.user, b"");
        }
        let keys = principal.s3_keys();
        let secret = keys.secret_key.expose_secret().as_bytes();
        Self::of(cache, principal, "keys", &keys.access_key, secret)
    }

    /// The identity that a principal has to HCP's management and query services.
    #[must_use]
    pub fn management(cache: &dyn ResponseCache, principal: &Principal, by: AuthType) -> Self {
        match (by, &principal.credential) {
            (AuthType::Ad, Credential::Password(password)) => {
                let secret = password.expose_secret().as_bytes();
                Self::of(cache, principal, "ad", &principal.user, secret)
            }
            _ => Self::data(cache, principal),
        }
    }

    fn of(
        cache: &dyn ResponseCache,
        principal: &Principal,
        kind: &'static str,
        user: &str,
        secret: &[u8],
    ) -> Self {
        let tenant = principal
            .tenant
            .as_ref()
            .map_or("", |tenant| tenant.as_str());
        let parts = [kind.as_bytes(), tenant.as_bytes(), user.as_bytes(), secret];
        Self(cache.identify(&parts))
    }

    /// Somebody, for tests.
    #[cfg(any(test, feature = "testkit"))]
    #[must_use]
    pub fn for_test(hash: [u8; 32]) -> Self {
        Self(hash)
    }

    /// The hash.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(..)")
    }
}
