//! The secrets that a store wants, and how HCP derives its own from a user and a password.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use md5::{Digest as _, Md5};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

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
    SecretString::from(const_hex::encode(Md5::digest(password.expose_secret())))
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
    House(Arc<AccessKeys>),
}

impl Credential {
    /// The S3 key pair of `user` with this credential, for requests to the store.
    #[must_use]
    pub fn s3_keys(&self, user: &str) -> Cow<'_, AccessKeys> {
        match self {
            Self::Password(password) => Cow::Owned(AccessKeys::hcp(user, password)),
            Self::S3Keys(keys) => Cow::Borrowed(keys),
            Self::House(keys) => Cow::Borrowed(keys),
        }
    }
}

/// How a user's password is shown to HCP's management and query services (`Authorization`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthType {
    /// `HCP base64(user):md5hex(password)`: HCP's own accounts.
    #[default]
    Hcp,
    /// `AD user:password`, in clear: accounts of Active Directory.
    Ad,
}

/// The credential says nothing that HCP's management and query services understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the credential is no proof for the management service")]
pub struct NotForManagement;

impl AuthType {
    /// The value of `Authorization` for HCP's management and query services, marked as sensitive
    /// (HCP, "HCP Management API Reference", authentication).
    ///
    /// # Errors
    /// The house's own account, a password's derived keys alone where the directory wants the
    /// password, or a user or password that no header can hold.
    pub fn authorization(
        self,
        user: &str,
        credential: &Credential,
    ) -> Result<HeaderValue, NotForManagement> {
        let text = match (self, credential) {
            (Self::Ad, Credential::Password(password)) => {
                Zeroizing::new(format!("AD {user}:{}", password.expose_secret()))
            }
            (Self::Hcp, Credential::Password(_) | Credential::S3Keys(_)) => {
                let keys = credential.s3_keys(user);
                let secret_key = keys.secret_key.expose_secret();
                Zeroizing::new(format!("HCP {}:{secret_key}", keys.access_key))
            }
            (Self::Ad, Credential::S3Keys(_)) | (_, Credential::House(_)) => {
                return Err(NotForManagement);
            }
        };
        let mut value = HeaderValue::from_bytes(text.as_bytes()).map_err(|_| NotForManagement)?;
        value.set_sensitive(true);
        Ok(value)
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
pub struct HouseAccount(Arc<OnceLock<Arc<AccessKeys>>>);

impl HouseAccount {
    /// Tells the account; only the first word counts.
    pub fn tell(&self, keys: Arc<AccessKeys>) {
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
    fn management_is_shown_what_the_documentation_says() {
        let password = Credential::Password(SecretString::from("pw"));
        let keys = Credential::S3Keys(password.s3_keys("adm").into_owned());
        let house = Credential::House(Arc::new(password.s3_keys("adm").into_owned()));
        let hcp = |credential| AuthType::Hcp.authorization("adm", credential);
        let value = hcp(&password).unwrap();
        assert_eq!(value, "HCP YWRt:8fe4c11451281c094a6578e6ddbf5eed");
        assert!(value.is_sensitive());
        assert_eq!(hcp(&keys), Ok(value));
        assert_eq!(hcp(&house), Err(NotForManagement));
        let ad = |user, credential| AuthType::Ad.authorization(user, credential);
        assert_eq!(ad("adm@d.test", &password).unwrap(), "AD adm@d.test:pw");
        assert_eq!(ad("adm", &keys), Err(NotForManagement));
        assert_eq!(ad("a\r\nX: 1", &password), Err(NotForManagement));
    }

    #[test]
    fn debug_shows_no_secret() {
        let password = Credential::Password(SecretString::from("p4ssw0rd"));
        let keys = Credential::S3Keys(password.s3_keys("lgreen").into_owned());
        let house = HouseAccount::default();
        house.tell(Arc::new(keys.s3_keys("x").into_owned()));
        let own = house.credential();
        let shown = format!(
            "{password:?} {keys:?} {:?} {house:?} {own:?}",
            keys.s3_keys("x")
        );
        assert!(!shown.contains("p4ss") && !shown.contains("2a9d") && !shown.contains("bGdy"));
    }
}
