//! Names to addresses, off the request path: looked up once, refreshed in the background, the
//! last good answer kept, and a name that is not found not asked for again and again.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use portico_sdk::upstream::{Health, Lookup};
use portico_sdk::{Error, Reason};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tracing::warn;

/// After how long an answer is looked up again, behind the back of the request that uses it.
///
/// The system's resolver tells no time to live; this is how late a change may be noticed.
const REFRESH: Duration = Duration::from_secs(30);

/// How long a name counts as gone without being looked up again.
const GONE: Duration = Duration::from_secs(5);

/// How long a lookup may take, waiting for its turn included.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many lookups run at once: whoever can log in can ask for names that no server knows.
const LOOKUPS_AT_ONCE: usize = 32;

/// How many names are remembered; a wildcard in DNS must not let callers fill the memory.
const NAMES: usize = 10_000;

/// How many names that are gone are remembered, apart from the good ones: whoever asks for
/// names at random must not push those out.
const GONE_NAMES: usize = 1000;

/// A cache in front of the system's resolver (`getaddrinfo`, so `/etc/hosts` counts).
#[derive(Debug, Clone, Default)]
pub struct Resolver {
    known: Arc<RwLock<Known>>,
    /// Is told of every lookup.
    health: Health,
}

/// A name leads nowhere.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Unresolved {
    /// Nobody knows the name, or whoever should cannot be asked.
    #[error("the name {host} is not found: {cause}")]
    Gone {
        /// The name.
        host: Arc<str>,
        /// The resolver's words.
        cause: Arc<str>,
    },
    /// The resolver did not answer in time.
    #[error("looking up the name {host} takes too long")]
    TimedOut {
        /// The name.
        host: Arc<str>,
    },
}

impl From<Unresolved> for Error {
    /// RFC 9209 sections 2.3.1 and 2.3.2: 502 for a name that is not found, 504 for one that is
    /// waited for in vain; a store that has a name and cannot be reached is 503.
    fn from(unresolved: Unresolved) -> Self {
        let error = match unresolved {
            Unresolved::Gone { .. } => Self::with_message(
                Reason::UpstreamFailed,
                "The name of the store is not found.",
            ),
            Unresolved::TimedOut { .. } => Self::new(Reason::GatewayTimeout),
        };
        error.because(unresolved)
    }
}

/// Answers by name and port.
#[derive(Debug, Default)]
struct Known {
    good: HashMap<Key, Answer>,
    gone: HashMap<Key, (Unresolved, Instant)>,
}

type Key = (Arc<str>, u16);

#[derive(Debug, Clone)]
struct Answer {
    addresses: Arc<[SocketAddr]>,
    due: Instant,
}

impl Resolver {
    /// One that knows no name yet.
    #[must_use]
    pub fn new(health: Health) -> Self {
        Self {
            health,
            ..Self::default()
        }
    }

    /// The addresses of a name, at least one.
    ///
    /// Only the first request for a name waits for the network.
    ///
    /// # Errors
    /// The name could not be looked up and no earlier answer is known.
    pub async fn resolve(
        &self,
        host: &Arc<str>,
        port: u16,
    ) -> Result<Arc<[SocketAddr]>, Unresolved> {
        let key = (Arc::clone(host), port);
        match self.known(&key) {
            Some(Ok(answer)) if answer.due > Instant::now() => Ok(answer.addresses),
            Some(Ok(answer)) => {
                self.refresh(&key, &answer);
                Ok(answer.addresses)
            }
            Some(Err(gone)) => Err(gone),
            None => self.first(&key).await,
        }
    }

    fn known(&self, key: &Key) -> Option<Result<Answer, Unresolved>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = known.good.get(key) {
            return Some(Ok(answer.clone()));
        }
        let (gone, until) = known.gone.get(key)?;
        (*until > Instant::now()).then(|| Err(gone.clone()))
    }

    /// Looks a name up that is not known yet. Whoever has waited for a turn meanwhile finds what
    /// the one before has found.
    async fn first(&self, key: &Key) -> Result<Arc<[SocketAddr]>, Unresolved> {
        let found = bounded(&self.health, key, || match self.known(key) {
            Some(Ok(answer)) => Some(Ok(answer.addresses)),
            Some(Err(gone)) => Some(Err(gone)),
            None => None,
        });
        let found = found.await;
        match &found {
            Ok(addresses) => self.store(key, Arc::clone(addresses)),
            Err(gone) => self.note_gone(key, gone),
        }
        found
    }

    fn store(&self, key: &Key, addresses: Arc<[SocketAddr]>) {
        let due = Instant::now() + REFRESH;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.gone.remove(key);
        if known.good.len() >= NAMES && !known.good.contains_key(key) {
            return;
        }
        known.good.insert(key.clone(), Answer { addresses, due });
    }

    fn note_gone(&self, key: &Key, gone: &Unresolved) {
        let now = Instant::now();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let names = &mut known.gone;
        if names.get(key).is_some_and(|(_, until)| *until > now) {
            return;
        }
        if names.len() >= GONE_NAMES {
            names.retain(|_, (_, until)| *until > now);
        }
        if names.len() < GONE_NAMES {
            names.insert(key.clone(), (gone.clone(), now + GONE));
        }
    }

    /// Looks the name up again in a task of its own; others go on with the old answer meanwhile.
    fn refresh(&self, key: &Key, old: &Answer) {
        self.store(key, Arc::clone(&old.addresses));
        let (resolver, key) = (self.clone(), key.clone());
        tokio::spawn(async move {
            match bounded(&resolver.health, &key, || None).await {
                Ok(addresses) => resolver.store(&key, addresses),
                Err(error) => warn!(%error, "name not found again; the last answer is kept"),
            }
        });
    }
}

/// One lookup, within the bounds: `getaddrinfo` blocks a thread for as long as it likes.
/// `meanwhile` is asked once it is this one's turn.
async fn bounded(
    health: &Health,
    (host, port): &Key,
    meanwhile: impl FnOnce() -> Option<Result<Arc<[SocketAddr]>, Unresolved>>,
) -> Result<Arc<[SocketAddr]>, Unresolved> {
    static LOOKUPS: Semaphore = Semaphore::const_new(LOOKUPS_AT_ONCE);
    let found = timeout(PATIENCE, async {
        let _turn = LOOKUPS.acquire().await;
        if let Some(found) = meanwhile() {
            return found;
        }
        let since = Instant::now();
        let found = lookup(host, *port).await;
        let outcome = found.as_ref().map_or(Lookup::Gone, |_| Lookup::Found);
        health.looked_up(outcome, since.elapsed());
        found.map_err(|error| Unresolved::Gone {
            host: Arc::clone(host),
            cause: error.to_string().into(),
        })
    });
    found.await.unwrap_or_else(|_elapsed| {
        health.looked_up(Lookup::TimedOut, PATIENCE);
        Err(Unresolved::TimedOut {
            host: Arc::clone(host),
        })
    })
}

async fn lookup(host: &str, port: u16) -> io::Result<Arc<[SocketAddr]>> {
    let addresses: Arc<[SocketAddr]> = tokio::net::lookup_host((host, port)).await?.collect();
    if addresses.is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "no address"));
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gone() -> Key {
        ("gone.invalid".into(), 443)
    }

    fn home() -> Arc<[SocketAddr]> {
        [([127, 0, 0, 1], 443).into()].into()
    }

    #[tokio::test]
    async fn the_last_good_answer_survives_a_name_that_is_gone() {
        let (resolver, key) = (Resolver::default(), gone());
        assert!(resolver.resolve(&key.0, 443).await.is_err());
        resolver.store(&key, home());
        if let Some(answer) = resolver.known.write().unwrap().good.get_mut(&key) {
            answer.due = Instant::now();
        }
        assert_eq!(resolver.resolve(&key.0, 443).await.unwrap(), home());
        assert_eq!(resolver.resolve(&key.0, 443).await.unwrap(), home());
    }

    #[tokio::test]
    async fn a_name_that_is_gone_is_not_looked_up_for_a_while() {
        let (resolver, key) = (Resolver::default(), ("localhost".into(), 443));
        let cause = Unresolved::Gone {
            host: "localhost".into(),
            cause: "noted by hand".into(),
        };
        resolver.note_gone(&key, &cause);
        let found = resolver.resolve(&key.0, 443).await.unwrap_err();
        assert!(found.to_string().contains("noted by hand"));
        let error = Error::from(found);
        assert_eq!(error.reason(), Reason::UpstreamFailed);
        assert!(!error.message().contains("localhost"));
        if let Some((_, until)) = resolver.known.write().unwrap().gone.get_mut(&key) {
            *until = Instant::now();
        }
        assert!(resolver.resolve(&key.0, 443).await.is_ok());
        assert!(resolver.known.read().unwrap().gone.is_empty());
    }

    #[test]
    fn names_that_are_gone_fill_no_memory() {
        let resolver = Resolver::default();
        for port in 0..3000 {
            let host: Arc<str> = "gone.invalid".into();
            let cause = Unresolved::TimedOut { host: host.clone() };
            resolver.note_gone(&(host, port), &cause);
        }
        assert_eq!(resolver.known.read().unwrap().gone.len(), GONE_NAMES);
    }

    #[tokio::test]
    async fn a_literal_is_its_own_address() {
        let found = Resolver::default()
            .resolve(&"127.0.0.1".into(), 80)
            .await
            .unwrap();
        assert_eq!(found[0], SocketAddr::from(([127, 0, 0, 1], 80)));
    }
}
