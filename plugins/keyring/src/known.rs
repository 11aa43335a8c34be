//! What is remembered of one access key of one tenant.

use std::time::{Duration, SystemTime};

use portico_sdk::Tenant;
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

/// Secrets per access key: more than one is good for a while after a password change.
const MOST: usize = 4;

/// Whose secrets they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Owner {
    pub(crate) tenant: Tenant,
    pub(crate) access_key: Box<str>,
}

impl Owner {
    pub(crate) fn new(tenant: &Tenant, access_key: &str) -> Self {
        Self {
            tenant: tenant.clone(),
            access_key: access_key.into(),
        }
    }

    /// The parts that name it wherever it is kept.
    pub(crate) fn parts(&self) -> [&[u8]; 2] {
        [self.tenant.as_str().as_bytes(), self.access_key.as_bytes()]
    }

    /// What a seal is bound to: tenants hold no slash.
    pub(crate) fn bound(&self) -> Vec<u8> {
        format!("{}/{}", self.tenant, self.access_key).into_bytes()
    }
}

/// One secret that HCP has accepted.
#[derive(Clone)]
pub(crate) struct Accepted {
    pub(crate) secret: SecretString,
    pub(crate) expires: SystemTime,
}

/// The secrets of an access key, the latest first.
#[derive(Clone, Default)]
pub(crate) struct Known(Vec<Accepted>);

impl Known {
    /// The secrets that are still good.
    pub(crate) fn good(&self, now: SystemTime) -> impl Iterator<Item = &Accepted> {
        self.0.iter().filter(move |known| known.expires > now)
    }

    /// Whether this secret is known for at least `margin` from now on.
    pub(crate) fn holds(&self, secret: &SecretString, now: SystemTime, margin: Duration) -> bool {
        self.good(now + margin)
            .any(|known| same(&known.secret, secret))
    }

    /// Puts a secret in front, in place of itself; keeps the later end of the two.
    pub(crate) fn put(&mut self, mut accepted: Accepted) {
        if let Some(at) = self.position(&accepted.secret) {
            accepted.expires = accepted.expires.max(self.0.remove(at).expires);
        }
        self.0.insert(0, accepted);
        self.0.truncate(MOST);
    }

    /// Takes a secret out; gives whether it was there.
    pub(crate) fn remove(&mut self, secret: &SecretString) -> bool {
        let found = self.position(secret);
        found.map(|at| self.0.remove(at)).is_some()
    }

    fn position(&self, secret: &SecretString) -> Option<usize> {
        self.0.iter().position(|known| same(&known.secret, secret))
    }
}

fn same(one: &SecretString, other: &SecretString) -> bool {
    let (one, other) = (one.expose_secret(), other.expose_secret());
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn accepted(secret: &str, end: u64) -> Accepted {
        Accepted {
            secret: secret.into(),
            expires: UNIX_EPOCH + Duration::from_secs(end),
        }
    }

    fn names(known: &Known, now: u64) -> Vec<String> {
        known
            .good(UNIX_EPOCH + Duration::from_secs(now))
            .map(|known| known.secret.expose_secret().to_owned())
            .collect()
    }

    #[test]
    fn the_latest_stand_first_and_the_oldest_fall_out() {
        let mut known = Known::default();
        for (index, secret) in ["a", "b", "c", "d", "e", "b"].into_iter().enumerate() {
            known.put(accepted(secret, 10 + index as u64));
        }
        assert_eq!(names(&known, 0), ["b", "e", "d", "c"]);
        assert_eq!(names(&known, 13), ["b", "e"], "the others have expired");
        assert!(known.remove(&"b".into()) && !known.remove(&"b".into()));
        assert_eq!(names(&known, 0), ["e", "d", "c"]);
    }

    #[test]
    fn an_older_report_shortens_nothing() {
        let mut known = Known::default();
        known.put(accepted("a", 20));
        known.put(accepted("a", 10));
        assert_eq!(names(&known, 15), ["a"]);
    }
}
