//! How many exchanges each principal has under way.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Principals that have nothing to do with each other seldom meet.
const SHARDS: usize = 32;

type Counts = HashMap<u64, usize>;

/// The counts, by a keyed hash of the principal: nobody can aim at the count of another.
#[derive(Debug, Default)]
pub(super) struct Places {
    hasher: RandomState,
    shards: [Arc<Mutex<Counts>>; SHARDS],
}

/// One exchange of a principal; the last clone that is dropped ends it.
#[derive(Debug, Clone)]
pub struct Place(#[expect(dead_code, reason = "it counts as long as it lives")] Arc<Taken>);

#[derive(Debug)]
struct Taken {
    shard: Arc<Mutex<Counts>>,
    key: u64,
}

impl Places {
    /// `None`: there are so many already.
    pub(super) fn take(&self, who: impl Hash, limit: usize) -> Option<Place> {
        let key = self.hasher.hash_one(who);
        let at = usize::try_from(key % SHARDS as u64).ok()?;
        let shard = self.shards.get(at)?;
        let mut counts = counts(shard);
        let count = counts.entry(key).or_default();
        if *count >= limit {
            return None;
        }
        *count += 1;
        drop(counts);
        let shard = Arc::clone(shard);
        Some(Place(Arc::new(Taken { shard, key })))
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut counts = counts(&self.shard);
        if let Some(count) = counts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

fn counts(shard: &Mutex<Counts>) -> MutexGuard<'_, Counts> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_their_own_places_and_gives_them_back() {
        let places = Places::default();
        let taken: Vec<_> = (0..3).map(|_| places.take("ada", 3).unwrap()).collect();
        assert!(places.take("ada", 3).is_none());
        let other = places.take("bob", 3).unwrap();
        let copy = taken[0].clone();
        drop(taken);
        let again = [places.take("ada", 3), places.take("ada", 3)];
        assert!(again.iter().all(Option::is_some));
        assert!(places.take("ada", 3).is_none(), "a copy holds its place");
        drop((copy, again, other));
        assert!(places.shards.iter().all(|shard| counts(shard).is_empty()));
    }
}
