//! One accepted secret with everything that derives from it, made once at the start.

use jsonwebtoken::{DecodingKey, EncodingKey};

use crate::claims::Kind;
use crate::seal::Seal;

/// A secret that tokens are signed and sealed with.
pub(crate) struct Key {
    /// Writes signatures.
    pub(crate) signing: EncodingKey,
    /// Checks signatures.
    pub(crate) verifying: DecodingKey,
    login: Seal,
    session: Seal,
    grant: Seal,
}

impl Key {
    /// Prepares a secret.
    pub(crate) fn new(secret: &str) -> Result<Self, hkdf::InvalidLength> {
        let secret = secret.as_bytes();
        Ok(Self {
            signing: EncodingKey::from_secret(secret),
            verifying: DecodingKey::from_secret(secret),
            login: Seal::derive(secret, b"portico login token v1")?,
            session: Seal::derive(secret, b"portico s3 session token v1")?,
            grant: Seal::derive(secret, b"portico grant v1")?,
        })
    }

    /// The seal of a kind of token.
    pub(crate) fn seal(&self, kind: Kind) -> &Seal {
        match kind {
            Kind::Login => &self.login,
            Kind::Session => &self.session,
            Kind::Grant => &self.grant,
        }
    }
}
