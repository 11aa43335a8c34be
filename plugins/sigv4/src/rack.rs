//! Signing keys that are derived once and kept while they are in use.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use crate::key::SigningKey;
use crate::scope::Scope;

/// Hooks of a rack: how many pairs of secret and scope can be in use without crowding each other
/// out. Each takes about 300 bytes when it is taken.
const HOOKS: usize = 4096;

/// A bounded memory of signing keys, by secret and scope, whatever they sign.
///
/// Deriving takes as long as signing itself, so whoever verifies and signs with the same secrets
/// again and again saves half. A key hangs on the one hook that its hash names, and a newcomer
/// there takes its place: nothing to search, nothing to evict, and no lock that all share.
pub struct KeyRack {
    hooks: Box<[Mutex<Option<Arc<Held>>>]>,
    hasher: RandomState,
}

struct Held {
    secret: SecretString,
    key: SigningKey,
}

impl Held {
    fn is(&self, secret: &SecretString, scope: &Scope) -> bool {
        let (held, asked) = (self.secret.expose_secret(), secret.expose_secret());
        self.key.scope() == scope && bool::from(held.as_bytes().ct_eq(asked.as_bytes()))
    }
}

impl KeyRack {
    /// An empty rack.
    #[must_use]
    pub fn new() -> Self {
        Self {
            hooks: (0..HOOKS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
        }
    }

    /// Does something with the key of a secret for a scope, which is derived if it has to be.
    pub fn with<T>(
        &self,
        secret: &SecretString,
        scope: &Scope,
        work: impl FnOnce(&SigningKey) -> T,
    ) -> T {
        let hash = self.hasher.hash_one((secret.expose_secret(), scope));
        let index = usize::try_from(hash % HOOKS as u64).unwrap_or_default();
        let held = self.hook(index).clone();
        if let Some(held) = held.filter(|held| held.is(secret, scope)) {
            return work(&held.key);
        }
        let held = Arc::new(Held {
            secret: secret.clone(),
            key: SigningKey::derive(secret, scope),
        });
        *self.hook(index) = Some(Arc::clone(&held));
        work(&held.key)
    }

    fn hook(&self, index: usize) -> MutexGuard<'_, Option<Arc<Held>>> {
        // What another thread left behind is a whole key or none, so a poisoned lock is as good.
        self.hooks[index]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for KeyRack {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for KeyRack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRack").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date::Timestamp;

    fn scope(region: &str) -> Scope {
        let at = Timestamp::parse(b"20130524T000000Z").unwrap();
        Scope::new(&at, region, "s3").unwrap()
    }

    fn sign(rack: &KeyRack, secret: &str, scope: &Scope) -> crate::Signature {
        let at = Timestamp::parse(b"20130524T000000Z").unwrap();
        rack.with(&secret.into(), scope, |key| key.sign_canonical(&at, b"x"))
    }

    #[test]
    fn a_kept_key_signs_as_a_fresh_one() {
        let rack = KeyRack::new();
        let at = Timestamp::parse(b"20130524T000000Z").unwrap();
        for secret in ["one", "two", "one"] {
            for region in ["a", "b", "a"] {
                let scope = scope(region);
                let fresh = SigningKey::derive(&secret.into(), &scope).sign_canonical(&at, b"x");
                assert_eq!(sign(&rack, secret, &scope), fresh);
            }
        }
    }

    #[test]
    fn a_crowded_rack_is_still_right() {
        let rack = KeyRack::new();
        let scope = scope("a");
        let first: Vec<_> = (0..3 * HOOKS)
            .map(|number| sign(&rack, &format!("secret {number}"), &scope))
            .collect();
        for number in [0, HOOKS, 3 * HOOKS - 1] {
            let again = sign(&rack, &format!("secret {number}"), &scope);
            assert_eq!(again, first[number]);
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let rack = KeyRack::new();
        sign(&rack, "a secret", &scope("a"));
        assert!(!format!("{rack:?}").contains("a secret"));
    }
}
