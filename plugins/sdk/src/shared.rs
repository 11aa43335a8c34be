//! Where the Redis is that replicas of Portico share, when there is one.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

/// The place of Redis, and how long a command may take.
#[derive(Clone)]
pub struct SharedRedis {
    /// Where it is, and how to log in there.
    pub place: RedisPlace,
    /// For one round trip; what takes longer counts as a fault.
    pub timeout: Duration,
    /// Certificate authorities (PEM) instead of the system's, where TLS is spoken.
    pub ca_pem: Option<Arc<[u8]>>,
}

/// The three ways in which Redis is run.
///
/// URLs are `redis://` or `rediss://` with user, password and database as the Redis clients write
/// them; they may hold passwords.
#[derive(Clone)]
pub enum RedisPlace {
    /// One server, at this URL (or `redis+unix://`).
    Single(SecretString),
    /// A Redis Cluster, found through any of these nodes. User, password and TLS are the same for
    /// every node.
    Cluster(Vec<SecretString>),
    /// A master that sentinels watch.
    Sentinel(Sentinels),
}

/// A master that sentinels watch, and may put another in place of at any moment.
#[derive(Clone)]
pub struct Sentinels {
    /// The sentinels themselves, with what logs in to *them*.
    pub nodes: Vec<SecretString>,
    /// The name under which they know the master.
    pub master: String,
    /// The user of the master (and of who takes its place); empty: the default user.
    pub user: String,
    /// The password of the master; empty: none.
    pub password: SecretString,
    /// The number of the database.
    pub database: u32,
    /// Whether the master is spoken to over TLS.
    pub tls: bool,
}

impl SharedRedis {
    /// One server at a URL.
    #[must_use]
    pub fn single(url: impl Into<SecretString>, timeout: Duration) -> Self {
        Self {
            place: RedisPlace::Single(url.into()),
            timeout,
            ca_pem: None,
        }
    }
}

impl fmt::Debug for SharedRedis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedRedis(..)")
    }
}

impl fmt::Debug for RedisPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisPlace(..)")
    }
}

impl fmt::Debug for Sentinels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sentinels(..)")
    }
}
