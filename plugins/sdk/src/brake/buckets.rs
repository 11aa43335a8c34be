//! Leaky buckets, as many as ever fit into a bounded table.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Rate;

const SHARDS: usize = 16;

/// Buckets in one shard; in all some 64 thousand, below two megabytes.
const MOST: usize = 4096;

/// No bucket owes more than this: whoever stops is forgiven within minutes.
const MOST_OWED: Duration = Duration::from_mins(2);

/// Whose bucket it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key<'a> {
    Address(IpAddr),
    User(Option<&'a str>, &'a str),
}

/// When each bucket will be empty, if nothing more falls in (the generic cell rate algorithm, ITU-T
/// I.371). Keys are kept as keyed hashes: of one size, and nobody can choose to collide.
#[derive(Debug)]
pub(super) struct Buckets {
    shards: [Mutex<HashMap<u64, Instant>>; SHARDS],
    hasher: RandomState,
    start: Instant,
    /// Milliseconds from the start to when all buckets will be empty; 0: none ever held anything.
    until: AtomicU64,
}

impl Buckets {
    pub(super) fn new() -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            hasher: RandomState::new(),
            start: Instant::now(),
            until: AtomicU64::new(0),
        }
    }

    /// Whether nobody failed lately: one atomic load while nobody ever did.
    pub(super) fn are_empty(&self, now: impl FnOnce() -> Instant) -> bool {
        let until = self.until.load(Ordering::Relaxed);
        until == 0 || self.millis(now()) >= until
    }

    fn millis(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.start);
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    /// How long until the bucket no longer spills over.
    pub(super) fn owed(&self, key: Key<'_>, rate: Rate, now: Instant) -> Duration {
        let (shard, hash) = self.shard(key);
        let empty = shard.get(&hash).copied();
        empty.map_or(Duration::ZERO, |empty| spilled(empty, rate, now))
    }

    /// Lets one drop fall into the bucket, and tells what is owed then.
    pub(super) fn charge(&self, key: Key<'_>, rate: Rate, now: Instant) -> Duration {
        let (mut shard, hash) = self.shard(key);
        if shard.len() >= MOST && !shard.contains_key(&hash) {
            make_room(&mut shard, now);
        }
        let highest = now + drop_of(rate) * rate.burst + MOST_OWED;
        let before = shard.get(&hash).copied();
        let empty = before.map_or(now, |empty| empty.max(now)) + drop_of(rate);
        let empty = empty.min(highest);
        shard.insert(hash, empty);
        self.until
            .fetch_max(self.millis(empty) + 1, Ordering::Relaxed);
        spilled(empty, rate, now)
    }

    fn shard(&self, key: Key<'_>) -> (MutexGuard<'_, HashMap<u64, Instant>>, u64) {
        let hash = self.hasher.hash_one(key);
        let at = usize::from(hash.to_le_bytes()[0]) % SHARDS;
        // A panic while holding this lock leaves a whole map behind.
        let shard = self.shards[at].lock();
        (shard.unwrap_or_else(PoisonError::into_inner), hash)
    }
}

/// Takes the empty ones out, or the one that owes least.
fn make_room(shard: &mut HashMap<u64, Instant>, now: Instant) {
    let before = shard.len();
    shard.retain(|_, empty| *empty > now);
    if shard.len() == before {
        let least = shard.iter().min_by_key(|(_, empty)| **empty);
        if let Some(hash) = least.map(|(hash, _)| *hash) {
            shard.remove(&hash);
        }
    }
}

/// How long one drop takes to drain.
fn drop_of(rate: Rate) -> Duration {
    Duration::from_mins(1) / rate.per_minute.max(1)
}

fn spilled(empty: Instant, rate: Rate, now: Instant) -> Duration {
    let level = empty.saturating_duration_since(now);
    level.saturating_sub(drop_of(rate) * rate.burst)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        burst: 2,
        per_minute: 60,
        at_most: Duration::from_secs(5),
    };

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    fn user(name: &str) -> Key<'_> {
        Key::User(None, name)
    }

    #[test]
    fn a_burst_is_free_and_the_rest_is_owed_until_it_drains() {
        let (buckets, start) = (Buckets::new(), Instant::now());
        assert!(buckets.are_empty(|| start));
        let charge = |after| buckets.charge(user("ann"), RATE, start + seconds(after));
        assert_eq!([charge(0), charge(0)], [seconds(0); 2]);
        assert_eq!([charge(0), charge(0)], [seconds(1), seconds(2)]);
        assert_eq!(buckets.owed(user("ann"), RATE, start), seconds(2));
        assert_eq!(buckets.owed(user("ben"), RATE, start), seconds(0));
        assert_eq!(charge(3), seconds(0));
        assert!(!buckets.are_empty(|| start));
        assert_eq!(
            buckets.owed(user("ann"), RATE, start + seconds(9)),
            seconds(0)
        );
    }

    #[test]
    fn what_has_drained_is_forgotten() {
        let (buckets, start) = (Buckets::new(), Instant::now());
        buckets.charge(user("ann"), RATE, start);
        buckets.charge(user("ben"), RATE, start + seconds(1));
        assert!(!buckets.are_empty(|| start + seconds(1)));
        assert!(buckets.are_empty(|| start + seconds(3)));
    }

    #[test]
    fn debts_end() {
        let (buckets, start) = (Buckets::new(), Instant::now());
        for _ in 0..1000 {
            buckets.charge(user("ann"), RATE, start);
        }
        assert_eq!(buckets.owed(user("ann"), RATE, start), MOST_OWED);
    }

    #[test]
    fn the_table_is_bounded_and_the_deepest_debt_stays() {
        let (buckets, start) = (Buckets::new(), Instant::now());
        for _ in 0..10 {
            buckets.charge(user("deep"), RATE, start);
        }
        for number in 0..SHARDS * MOST * 2 {
            buckets.charge(user(&number.to_string()), RATE, start);
        }
        let shards = buckets.shards.iter();
        let count: usize = shards.map(|shard| shard.lock().unwrap().len()).sum();
        assert!(count <= SHARDS * MOST, "{count}");
        assert_eq!(buckets.owed(user("deep"), RATE, start), seconds(8));
    }
}
