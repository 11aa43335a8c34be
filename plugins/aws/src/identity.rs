//! Whom the store sees: a place, and the keys that requests there are signed with.

use std::fmt;

use hmac::{Hmac, Mac as _};
use portico_sdk::Tenant;
use portico_sdk::cache::Identity as Reader;
use portico_sdk::credential::AccessKeys;
use portico_sdk::upstream::Upstream;
use secrecy::ExposeSecret as _;
use sha2::Sha256;

/// An identity at the store. Whoever has the same may share a client, and answers.
#[derive(Clone)]
pub struct Identity {
    /// The tenant whose host is asked; `None` where the store has none, or one address for all.
    pub tenant: Option<Tenant>,
    /// Where the store is for this identity.
    pub upstream: Upstream,
    /// What requests are signed with.
    pub keys: AccessKeys,
    /// Who asks, as far as the house tells apart whom the store does not.
    pub user: String,
    /// To whom kept answers belong, where any are kept.
    pub reader: Option<Reader>,
}

/// A key for tables of this process, which tells nothing of the secret inside.
pub(crate) type Fingerprint = [u8; 32];

impl Identity {
    /// What makes this identity, under a secret of the process: each part with its length, so that
    /// two identities never look the same.
    pub(crate) fn fingerprint(&self, secret: &[u8; 32]) -> Fingerprint {
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
            return [0; 32];
        };
        let tenant = self.tenant.as_ref().map_or("", Tenant::as_str);
        let parts = [
            tenant.as_bytes(),
            self.upstream.host().as_bytes(),
            self.user.as_bytes(),
            self.keys.access_key.as_bytes(),
            self.keys.secret_key.expose_secret().as_bytes(),
        ];
        for part in parts {
            mac.update(&part.len().to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}
