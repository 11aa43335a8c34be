//! Where the Redis is that replicas of Portico share, when there is one.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;

/// The address of Redis, and how long a command may take.
#[derive(Clone)]
pub struct SharedRedis {
    /// `redis://` or `rediss://` with user, password and database as the Redis clients write it.
    pub url: SecretString,
    /// For one round trip; what takes longer counts as a fault.
    pub timeout: Duration,
}

impl fmt::Debug for SharedRedis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedRedis(..)")
    }
}
