//! The ring in Redis: a hash per owner, under names that tell nothing, sealed for its place.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use portico_redis::Redis;
use portico_sdk::seal::Seal;
use redis::Pipeline;
use secrecy::{ExposeSecret as _, SecretString};

use super::Note;
use crate::known::{Accepted, Owner};

/// Secrets of one owner that are read back; a hash with more was not written by us.
const MOST: usize = 64;

/// Bytes of a record before the secret: when it ends, in seconds since 1970.
const END: usize = 8;

/// The ring of all replicas.
#[derive(Clone)]
pub(crate) struct Far {
    redis: Arc<Redis>,
    seal: Arc<dyn Seal>,
    lifetime: Duration,
}

impl Far {
    pub(crate) fn new(redis: Arc<Redis>, seal: Arc<dyn Seal>, lifetime: Duration) -> Self {
        Self {
            redis,
            seal,
            lifetime,
        }
    }

    /// What is known of an owner; nothing, when Redis is away.
    pub(crate) async fn fetch(&self, owner: &Owner) -> Vec<Accepted> {
        let mut commands = Pipeline::new();
        commands.hgetall(self.name(owner));
        let answer = self
            .redis
            .run::<(HashMap<Vec<u8>, Vec<u8>>,)>(&commands)
            .await;
        let (records,) = answer.unwrap_or_default();
        let bound = owner.bound();
        let open = |record: Vec<u8>| self.open(&record, &bound);
        let mut found: Vec<_> = records.into_values().take(MOST).filter_map(open).collect();
        found.sort_by_key(|accepted| accepted.expires);
        found
    }

    /// Tells the other replicas.
    pub(crate) async fn tell(&self, note: &Note) {
        let mut commands = Pipeline::new();
        match note {
            Note::Learnt(owner, accepted) => {
                let Some(record) = self.close(accepted, &owner.bound()) else {
                    return;
                };
                let (name, field) = (self.name(owner), self.field(owner, &accepted.secret));
                let seconds = i64::try_from(self.lifetime.as_secs()).unwrap_or(i64::MAX);
                commands.hset(&name, field, record).ignore();
                commands.expire(&name, seconds.max(1)).ignore();
            }
            Note::Refused(owner, secret) => {
                commands
                    .hdel(self.name(owner), self.field(owner, secret))
                    .ignore();
            }
            Note::Gone(owner) => {
                commands.del(self.name(owner)).ignore();
            }
        }
        if let Err(error) = self.redis.run::<()>(&commands).await {
            tracing::debug!(%error, "the keyring in Redis was not told");
        }
    }

    fn name(&self, owner: &Owner) -> String {
        format!(
            "portico:keyring:{}",
            const_hex::encode(self.seal.tag(&owner.parts()))
        )
    }

    fn field(&self, owner: &Owner, secret: &SecretString) -> Vec<u8> {
        let [tenant, access_key] = owner.parts();
        let parts = [tenant, access_key, secret.expose_secret().as_bytes()];
        self.seal.tag(&parts).to_vec()
    }

    fn close(&self, accepted: &Accepted, bound: &[u8]) -> Option<Vec<u8>> {
        let end = accepted.expires.duration_since(UNIX_EPOCH).ok()?.as_secs();
        let mut plain = zeroize::Zeroizing::new(end.to_be_bytes().to_vec());
        plain.extend_from_slice(accepted.secret.expose_secret().as_bytes());
        self.seal.close(&plain, bound).ok()
    }

    fn open(&self, record: &[u8], bound: &[u8]) -> Option<Accepted> {
        let plain = self.seal.open(record, bound)?;
        let (end, secret) = plain.split_first_chunk::<END>()?;
        let expires = UNIX_EPOCH.checked_add(Duration::from_secs(u64::from_be_bytes(*end)))?;
        let secret = std::str::from_utf8(secret).ok()?;
        Some(Accepted {
            secret: SecretString::from(secret),
            expires: expires.min(SystemTime::now() + self.lifetime),
        })
    }
}
