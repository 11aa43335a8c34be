//! Seals lent to other plugins, under keys that derive from the same secrets as the tokens'.

use std::sync::Arc;

use hkdf::Hkdf;
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac as _};
use portico_sdk::Error;
use portico_sdk::seal::{Seal, Seals};
use portico_sdk::settings::Secret;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::seal;

/// The accepted secrets, the first of which seals.
pub(crate) struct SecretSeals(Vec<Secret>);

impl SecretSeals {
    /// Seals under these secrets, of which there is at least one.
    pub(crate) fn new(secrets: &[Secret]) -> Self {
        Self(secrets.to_vec())
    }
}

impl Seals for SecretSeals {
    fn seal(&self, purpose: &'static str) -> Arc<dyn Seal> {
        let info = format!("portico seal v1 {purpose}");
        let derive =
            |secret: &Secret| seal::Seal::derive(secret.expose().as_bytes(), info.as_bytes()).ok();
        let first = self.0.first().map(Secret::expose).unwrap_or_default();
        Arc::new(Derived {
            ciphers: self.0.iter().filter_map(derive).collect(),
            naming: naming_key(first, purpose),
        })
    }
}

/// What derives from the secrets for one purpose.
struct Derived {
    ciphers: Vec<seal::Seal>,
    naming: Hmac<Sha256>,
}

impl Seal for Derived {
    fn close(&self, plain: &[u8], bound: &[u8]) -> Result<Vec<u8>, Error> {
        let none =
            || Error::new(portico_sdk::Reason::InternalError).because("no secret to seal with");
        self.ciphers
            .first()
            .ok_or_else(none)?
            .close_bytes(plain, bound)
    }

    fn open(&self, sealed: &[u8], bound: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let open = |cipher: &seal::Seal| cipher.open_bytes(sealed, bound);
        self.ciphers.iter().find_map(open).map(Zeroizing::new)
    }

    fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.naming.clone();
        for part in parts {
            mac.update(&part.len().to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// A second key: names are public, and must tell nothing of the key that seals.
fn naming_key(secret: &str, purpose: &str) -> Hmac<Sha256> {
    // As long as a block of SHA-256, which is what HMAC takes as it is.
    let mut key = Zeroizing::new([0; 64]);
    let info = format!("portico names v1 {purpose}");
    // 64 bytes are a length that HKDF-SHA256 always gives.
    let _ = Hkdf::<Sha256>::new(None, secret.as_bytes()).expand(info.as_bytes(), key.as_mut());
    <Hmac<Sha256> as KeyInit>::new(key.as_slice().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seals(secrets: &[&str]) -> SecretSeals {
        SecretSeals(secrets.iter().map(|&secret| secret.into()).collect())
    }

    #[test]
    fn what_one_purpose_or_place_seals_no_other_opens() {
        let seals = seals(&["a secret of more than thirty-two bytes"]);
        let keyring = seals.seal("keyring");
        let sealed = keyring.close(b"words", b"here").unwrap();
        assert_eq!(*keyring.open(&sealed, b"here").unwrap(), b"words");
        assert!(keyring.open(&sealed, b"there").is_none());
        assert!(seals.seal("jobs").open(&sealed, b"here").is_none());
        assert!(!sealed.windows(5).any(|piece| piece == b"words"));
    }

    #[test]
    fn older_secrets_still_open() {
        let old = seals(&["one"]).seal("x").close(b"words", b"").unwrap();
        assert!(seals(&["two", "one"]).seal("x").open(&old, b"").is_some());
        assert!(seals(&["two"]).seal("x").open(&old, b"").is_none());
    }

    #[test]
    fn parts_of_a_name_do_not_run_together() {
        let seal = seals(&["one"]).seal("x");
        assert_ne!(seal.tag(&[b"ab", b"c"]), seal.tag(&[b"a", b"bc"]));
        assert_ne!(seal.tag(&[b"a"]), seals(&["two"]).seal("x").tag(&[b"a"]));
    }
}
