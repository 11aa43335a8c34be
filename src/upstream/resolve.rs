//! Names to addresses, off the request path: looked up once, refreshed in the background, the
//! last good answer kept.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::time::timeout;
use tracing::warn;

/// After how long an answer is looked up again, behind the back of the request that uses it.
///
/// The system's resolver tells no time to live; this is how late a change may be noticed.
const REFRESH: Duration = Duration::from_secs(30);

/// How long a lookup may take, waiting for its turn included.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many lookups run at once: whoever can log in can ask for names that no server knows.
const LOOKUPS_AT_ONCE: usize = 32;

/// How many names are remembered; a wildcard in DNS must not let callers fill the memory.
const NAMES: usize = 10_000;

/// A cache in front of the system's resolver (`getaddrinfo`, so `/etc/hosts` counts).
#[derive(Debug, Clone, Default)]
pub struct Resolver {
    known: Arc<RwLock<Known>>,
}

/// Answers by name and port.
type Known = HashMap<(Arc<str>, u16), Answer>;

#[derive(Debug, Clone)]
struct Answer {
    addresses: Arc<[SocketAddr]>,
    due: Instant,
}

impl Resolver {
    /// The addresses of a name, at least one.
    ///
    /// Only the first request for a name waits for the network.
    ///
    /// # Errors
    /// The name could not be looked up and no earlier answer is known.
    pub async fn resolve(&self, host: &Arc<str>, port: u16) -> io::Result<Arc<[SocketAddr]>> {
        match self.known(host, port) {
            Some(answer) if answer.due > Instant::now() => Ok(answer.addresses),
            Some(answer) => {
                self.refresh(host, port, &answer);
                Ok(answer.addresses)
            }
            None => {
                let addresses = lookup(host, port).await?;
                self.store(host, port, Arc::clone(&addresses));
                Ok(addresses)
            }
        }
    }

    fn known(&self, host: &Arc<str>, port: u16) -> Option<Answer> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&(Arc::clone(host), port)).cloned()
    }

    fn store(&self, host: &Arc<str>, port: u16, addresses: Arc<[SocketAddr]>) {
        let due = Instant::now() + REFRESH;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let key = (Arc::clone(host), port);
        if known.len() >= NAMES && !known.contains_key(&key) {
            return;
        }
        known.insert(key, Answer { addresses, due });
    }

    /// Looks the name up again in a task of its own; others go on with the old answer meanwhile.
    fn refresh(&self, host: &Arc<str>, port: u16, old: &Answer) {
        self.store(host, port, Arc::clone(&old.addresses));
        let (resolver, host) = (self.clone(), Arc::clone(host));
        tokio::spawn(async move {
            match lookup(&host, port).await {
                Ok(addresses) => resolver.store(&host, port, addresses),
                Err(error) => warn!(%host, %error, "name not found again; the last answer is kept"),
            }
        });
    }
}

/// One lookup, within the bounds: `getaddrinfo` blocks a thread for as long as it likes.
async fn lookup(host: &str, port: u16) -> io::Result<Arc<[SocketAddr]>> {
    static LOOKUPS: Semaphore = Semaphore::const_new(LOOKUPS_AT_ONCE);
    let found = timeout(PATIENCE, async {
        let _turn = LOOKUPS.acquire().await.map_err(io::Error::other)?;
        tokio::net::lookup_host((host, port)).await
    });
    let addresses: Arc<[SocketAddr]> = found.await.map_err(io::Error::from)??.collect();
    if addresses.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            "the name has no address",
        ));
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_good_answer_survives_a_name_that_is_gone() {
        let resolver = Resolver::default();
        let gone: Arc<str> = "gone.invalid".into();
        assert!(resolver.resolve(&gone, 443).await.is_err());
        let good: Arc<[SocketAddr]> = [([127, 0, 0, 1], 443).into()].into();
        resolver.store(&gone, 443, Arc::clone(&good));
        if let Some(answer) = resolver
            .known
            .write()
            .unwrap()
            .get_mut(&(Arc::clone(&gone), 443))
        {
            answer.due = Instant::now();
        }
        assert_eq!(resolver.resolve(&gone, 443).await.unwrap(), good);
        assert_eq!(resolver.resolve(&gone, 443).await.unwrap(), good);
    }

    #[tokio::test]
    async fn a_literal_is_its_own_address() {
        let found = Resolver::default()
            .resolve(&"127.0.0.1".into(), 80)
            .await
            .unwrap();
        assert_eq!(found[0], ([127, 0, 0, 1], 80).into());
    }
}
