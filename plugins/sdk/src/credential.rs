//! The secrets that a store wants, and how HCP derives its own from a user and a password.

use std::fmt;
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use secrecy::{ExposeSecret as _, SecretString};

/// An S3 key pair. `Debug` shows neither half.
#[derive(Clone)]
pub struct AccessKeys {
    /// The access key id; on HCP it reveals the user name, so it is kept out of logs too.
    pub access_key: String,
    /// The secret access key.
    pub secret_key: SecretString,
}

impl AccessKeys {
    /// HCP's own pair: `base64(user)` and the lower-case hex MD5 of the password
    /// (HCP, "Using the Hitachi API for Amazon S3", authentication).
    #[must_use]
    pub fn hcp(user: &str, password: &SecretString) -> Self {
        Self {
            access_key: hcp_access_key(user),
            secret_key: hcp_secret_key(password),
        }
    }
}

impl fmt::Debug for AccessKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessKeys(..)")
    }
}

/// `base64(user)`, with padding: HCP's S3 access key.
#[must_use]
pub fn hcp_access_key(user: &str) -> String {
    STANDARD.encode(user)
}

/// The lower-case hex MD5 of a password: HCP's S3 secret key.
#[must_use]
pub fn hcp_secret_key(password: &SecretString) -> SecretString {
    SecretString::from(hex::encode(Md5::digest(password.expose_secret())))
}

/// What a principal can prove to the store.
#[derive(Clone)]
pub enum Credential {
    /// The user's password: everything else derives from it.
    Password(SecretString),
    /// Only the S3 key pair: management calls are not possible with it.
    S3Keys(AccessKeys),
    /// The house's own account at a generic store, which serves every user: to sign with, and
    /// never to be told to anyone. It says nothing of who asks.
    House(AccessKeys),
}

impl Credential {
    /// The S3 key pair of `user` with this credential, for requests to the store.
    #[must_use]
    pub fn s3_keys(&self, user: &str) -> AccessKeys {
        match self {
            Self::Password(password) => AccessKeys::hcp(user, password),
            Self::S3Keys(keys) | Self::House(keys) => keys.clone(),
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password(_) => "Password(..)",
            Self::S3Keys(_) => "S3Keys(..)",
            Self::House(_) => "House(..)",
        })
    }
}

/// The house's own account at a generic store, once the plugin whose settings hold it has told it.
#[derive(Clone, Default)]
pub struct HouseAccount(Arc<OnceLock<AccessKeys>>);

impl HouseAccount {
    /// Tells the account; only the first word counts.
    pub fn tell(&self, keys: AccessKeys) {
        // A second word would come from a second plugin: the roster has one.
        let _ = self.0.set(keys);
    }

    /// The credential of everyone whom the house itself knows; `None`: nobody told the account.
    #[must_use]
    pub fn credential(&self) -> Option<Credential> {
        self.0.get().cloned().map(Credential::House)
    }
}

impl fmt::Debug for HouseAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HouseAccount(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hcp_keys_derive_as_documented() {
        let keys = AccessKeys::hcp("lgreen", &SecretString::from("p4ssw0rd"));
        assert_eq!(keys.access_key, "bGdyZWVu");
        assert_eq!(
            keys.secret_key.expose_secret(),
            "2a9d119df47ff993b662a8ef36f9ea20"
        );
    }

    #[test]
    fn debug_shows_no_secret() {
        let password = Credential::Password(SecretString::from("p4ssw0rd"));
        let keys = Credential::S3Keys(password.s3_keys("lgreen"));
        let house = HouseAccount::default();
        house.tell(keys.s3_keys("x"));
        let own = house.credential();
        let shown = format!(
            "{password:?} {keys:?} {:?} {house:?} {own:?}",
            keys.s3_keys("x")
        );
        assert!(!shown.contains("p4ss") && !shown.contains("2a9d") && !shown.contains("bGdy"));
    }
}
