//! A signing key that is kept for the day and derived again on the next.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::SecretString;

use crate::date::Timestamp;
use crate::key::SigningKey;
use crate::scope::Scope;

/// The signing key of one secret for one region and service, whatever the day. Deriving
/// takes about as long as signing itself, so a proxy that signs with one secret again and
/// again saves nearly half.
pub struct DayKey {
    secret: SecretString,
    current: Mutex<Arc<SigningKey>>,
}

impl DayKey {
    /// Derives the key for the day of `scope`.
    #[must_use]
    pub fn new(secret: SecretString, scope: &Scope) -> Self {
        let current = Mutex::new(Arc::new(SigningKey::derive(&secret, scope)));
        Self { secret, current }
    }

    /// The key for the day of `at`.
    pub fn at(&self, at: &Timestamp) -> Arc<SigningKey> {
        // What another thread left behind is a whole key, so a poisoned lock is as good.
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.scope().date() != at.date() {
            let scope = current.scope().on_day_of(at);
            *current = Arc::new(SigningKey::derive(&self.secret, &scope));
        }
        Arc::clone(&current)
    }
}

impl fmt::Debug for DayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DayKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_kept_for_its_day_only() {
        let at = |text: &[u8]| Timestamp::parse(text).unwrap();
        let (morning, evening) = (at(b"20130524T000000Z"), at(b"20130524T235959Z"));
        let tomorrow = at(b"20130525T000000Z");
        let scope = Scope::new(&morning, "eu-west-1", "s3").unwrap();
        let key = DayKey::new("secret".into(), &scope);
        let first = key.at(&morning);
        assert!(Arc::ptr_eq(&first, &key.at(&evening)));

        let second = key.at(&tomorrow);
        assert_eq!(
            second.scope().as_str(),
            "20130525/eu-west-1/s3/aws4_request"
        );
        let fresh = SigningKey::derive(&"secret".into(), &scope.on_day_of(&tomorrow));
        let sign = |key: &SigningKey| key.sign_canonical(&tomorrow, b"x");
        assert_eq!(sign(&second), sign(&fresh));
        assert_ne!(sign(&second), sign(&first));
        assert_eq!(first.scope(), &scope);
        assert!(!format!("{key:?}").contains("secret"));
    }
}
