//! The sealed password claim: XChaCha20-Poly1305 under a key that derives from a signing secret.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use portico_sdk::{Error, Reason};
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Names the scheme, so that another can follow it.
const VERSION: &str = "v1.";

/// Bytes of `XChaCha20`'s nonce; drawn at random, which its length makes safe.
const NONCE: usize = 24;

/// One sealing key, ready for use.
pub(crate) struct Seal(XChaCha20Poly1305);

impl Seal {
    /// Derives the key by HKDF-SHA256 (RFC 5869); `info` keeps keys of one secret apart.
    pub(crate) fn derive(secret: &[u8], info: &[u8]) -> Result<Self, hkdf::InvalidLength> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, secret).expand(info, key.as_mut())?;
        Ok(Self(XChaCha20Poly1305::new(key.as_slice().into())))
    }

    /// Seals a secret for a place that `bound` describes: elsewhere it will not open.
    pub(crate) fn close(&self, secret: &SecretString, bound: &[u8]) -> Result<String, Error> {
        let sealed = self.close_bytes(secret.expose_secret().as_bytes(), bound)?;
        Ok(format!("{VERSION}{}", URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// Opens what was sealed under this key for this very place.
    pub(crate) fn open(&self, text: &str, bound: &[u8]) -> Option<SecretString> {
        let sealed = URL_SAFE_NO_PAD.decode(text.strip_prefix(VERSION)?).ok()?;
        let opened = self.open_bytes(&sealed, bound)?;
        String::from_utf8(opened).ok().map(SecretString::from)
    }

    /// As [`Seal::close`], without text around it: the nonce, then the cipher.
    pub(crate) fn close_bytes(&self, plain: &[u8], bound: &[u8]) -> Result<Vec<u8>, Error> {
        let failed = |cause| Error::new(Reason::InternalError).because(cause);
        let mut sealed = vec![0; NONCE];
        OsRng
            .try_fill_bytes(&mut sealed)
            .map_err(|_| failed("the system has no random numbers"))?;
        let payload = Payload {
            msg: plain,
            aad: bound,
        };
        let cipher = self
            .0
            .encrypt(XNonce::from_slice(&sealed), payload)
            .map_err(|_| failed("a secret could not be sealed"))?;
        sealed.extend_from_slice(&cipher);
        Ok(sealed)
    }

    /// As [`Seal::open`], for bytes.
    pub(crate) fn open_bytes(&self, sealed: &[u8], bound: &[u8]) -> Option<Vec<u8>> {
        let (nonce, cipher) = sealed.split_at_checked(NONCE)?;
        let payload = Payload {
            msg: cipher,
            aad: bound,
        };
        self.0.decrypt(XNonce::from_slice(nonce), payload).ok()
    }
}
