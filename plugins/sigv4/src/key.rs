//! Signing keys and signatures: the two values that must never be printed or compared in
//! the open.

use std::fmt;
use std::sync::Arc;

use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::ALGORITHM;
use crate::date::Timestamp;
use crate::encode::{Hex, from_lower_hex, to_hex};
use crate::error::Fault;
use crate::payload::sha256;
use crate::scope::Scope;

/// An HMAC-SHA256 over a request, a chunk or a trailer. Comparison takes constant time;
/// `Debug` shows nothing, because the signature of a presigned URL is a credential.
#[derive(Clone, Copy)]
pub struct Signature([u8; 32]);

impl Signature {
    /// Reads 64 lower-case hexadecimal digits.
    pub fn parse(text: &[u8]) -> Result<Self, Fault> {
        from_lower_hex(text).map(Self).ok_or(Fault::Signature)
    }

    /// 64 lower-case hexadecimal digits, as on the wire.
    #[must_use]
    pub fn to_hex(&self) -> String {
        to_hex(&self.0)
    }
}

impl PartialEq for Signature {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Signature {}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(..)")
    }
}

/// The key of one secret for one day, region and service. Deriving it costs four HMACs, so
/// whoever signs often may keep it for the day. Clones share its bytes, which are wiped when the
/// last is dropped, and `Debug` shows the scope only.
#[derive(Clone)]
pub struct SigningKey(Arc<Inner>);

struct Inner {
    scope: Scope,
    bytes: Zeroizing<[u8; 32]>,
}

impl SigningKey {
    /// *Deriving the signing key* of the specification.
    #[must_use]
    pub fn derive(secret: &SecretString, scope: &Scope) -> Self {
        let secret = secret.expose_secret().as_bytes();
        let mut prefixed = Zeroizing::new(Vec::with_capacity(4 + secret.len()));
        prefixed.extend_from_slice(b"AWS4");
        prefixed.extend_from_slice(secret);
        let mut bytes = Zeroizing::new(hmac_sha256(&prefixed, &[scope.date().as_bytes()]));
        for part in [scope.region(), scope.service(), "aws4_request"] {
            let mut next = hmac_sha256(&*bytes, &[part.as_bytes()]);
            bytes.copy_from_slice(&next);
            next.zeroize();
        }
        Self(Arc::new(Inner {
            scope: scope.clone(),
            bytes,
        }))
    }

    /// What the key is good for.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.0.scope
    }

    /// Signs a [canonical request](crate::CanonicalRequest) that was, or will be, sent `at`
    /// a moment of the scope's day.
    #[must_use]
    pub fn sign_canonical(&self, at: &Timestamp, canonical: &[u8]) -> Signature {
        let mut hash = Hex::new();
        let hash = hash.format(&sha256(canonical));
        self.sign_parts(&parts_to_sign(at, self.scope(), hash).map(str::as_bytes))
    }

    pub(crate) fn sign_parts(&self, parts: &[&[u8]]) -> Signature {
        Signature(hmac_sha256(&*self.0.bytes, parts))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("scope", self.scope())
            .finish_non_exhaustive()
    }
}

/// The text an HMAC goes over: algorithm, time, scope and the hash of the canonical request.
/// S3 returns it beside `SignatureDoesNotMatch`; it holds no secret.
#[must_use]
pub fn string_to_sign(at: &Timestamp, scope: &Scope, canonical: &[u8]) -> String {
    parts_to_sign(at, scope, &to_hex(&sha256(canonical))).concat()
}

fn parts_to_sign<'a>(at: &'a Timestamp, scope: &'a Scope, hash: &'a str) -> [&'a str; 7] {
    [
        ALGORITHM,
        "\n",
        at.as_str(),
        "\n",
        scope.as_str(),
        "\n",
        hash,
    ]
}

fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in parts {
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.sign().as_ref());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// *Deriving a signing key*, the worked example of the AWS General Reference.
    #[test]
    fn derives_the_documented_key() {
        let at = Timestamp::parse(b"20120215T000000Z").unwrap();
        let scope = Scope::new(&at, "us-east-1", "iam").unwrap();
        let secret = SecretString::from("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        let key = SigningKey::derive(&secret, &scope);
        assert_eq!(
            const_hex::encode(*key.0.bytes),
            "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d"
        );
    }

    #[test]
    fn debug_shows_no_bytes() {
        let at = Timestamp::parse(b"20120215T000000Z").unwrap();
        let key = SigningKey::derive(&"secret".into(), &Scope::new(&at, "r", "s3").unwrap());
        let signature = key.sign_canonical(&at, b"");
        assert_eq!(format!("{signature:?}"), "Signature(..)");
        let shown = format!("{key:?}");
        assert!(
            !shown.contains(&const_hex::encode(*key.0.bytes)) && !shown.contains("bytes"),
            "{shown}"
        );
    }

    #[test]
    fn a_long_secret_is_hashed_first() {
        let at = Timestamp::parse(b"20120215T000000Z").unwrap();
        let scope = Scope::new(&at, "r", "s3").unwrap();
        let one = SigningKey::derive(&"a".repeat(200).into(), &scope);
        let two = SigningKey::derive(&"a".repeat(201).into(), &scope);
        assert_ne!(*one.0.bytes, *two.0.bytes);
    }
}
