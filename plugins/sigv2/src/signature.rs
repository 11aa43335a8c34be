//! The HMAC and its Base64: never printed, never compared in the open.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::error::Fault;

const LENGTH: usize = 20;

/// An HMAC-SHA1 over a string to sign. Comparison takes constant time; `Debug` shows
/// nothing, because the signature of a presigned URL is a credential.
#[derive(Clone, Copy)]
pub struct Signature([u8; LENGTH]);

impl Signature {
    /// Reads 28 characters of Base64 with padding; no second spelling passes.
    pub fn parse(text: &[u8]) -> Result<Self, Fault> {
        let bytes = STANDARD.decode(text).map_err(|_| Fault::Signature)?;
        let bytes = bytes.try_into().map_err(|_| Fault::Signature)?;
        Ok(Self(bytes))
    }

    /// 28 characters of Base64, as on the wire.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// HMAC-SHA1 has no known forgery, however SHA-1 itself has aged; that it has no
    /// successor here is what Version 4 is for.
    pub(crate) fn of(secret: &SecretString, text: &[u8]) -> Self {
        let secret = secret.expose_secret().as_bytes();
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
        let mut bytes = [0; LENGTH];
        bytes.copy_from_slice(hmac::sign(&key, text).as_ref());
        Self(bytes)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_hmac_sha1() {
        // RFC 2202, test case 2, in Base64.
        let made = Signature::of(&"Jefe".into(), b"what do ya want for nothing?");
        assert_eq!(made.to_base64(), "7/zfauXrL6LSdBbV8YTfnCWafHk=");
        assert_eq!(format!("{made:?}"), "Signature(..)");
    }

    #[test]
    fn one_spelling_only() {
        let text = "7/zfauXrL6LSdBbV8YTfnCWafHk=";
        assert_eq!(Signature::parse(text.as_bytes()).unwrap().to_base64(), text);
        for other in [
            "",
            "7/zfauXrL6LSdBbV8YTfnCWafHk",
            "7/zfauXrL6LSdBbV8YTfnCWafHl=",
            "7_zfauXrL6LSdBbV8YTfnCWafHk=",
            "7/zfauXrL6LSdBbV8YTfnCWafHk==",
            " 7/zfauXrL6LSdBbV8YTfnCWafHk=",
            "7/zfauXrL6LSdBbV8YTfnCWa",
            "7/zfauXrL6LSdBbV8YTfnCWafHk\n",
        ] {
            let read = Signature::parse(other.as_bytes());
            assert_eq!(read.unwrap_err(), Fault::Signature, "{other}");
        }
    }
}
