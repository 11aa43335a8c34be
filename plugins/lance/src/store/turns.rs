//! Turns: of those who would make one object through this process, one does at a time.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex as Held, PoisonError, Weak};

use tokio::sync::{Mutex, OwnedMutexGuard};

/// Somebody's turn, until it is dropped.
pub(crate) type Turn = OwnedMutexGuard<()>;

/// The locks of what somebody makes, or waits to make.
pub(crate) struct Turns<K>(Held<HashMap<K, Weak<Mutex<()>>>>);

impl<K: Eq + Hash> Turns<K> {
    /// The lock of one thing.
    pub(crate) fn of(&self, thing: K) -> Arc<Mutex<()>> {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = locks.get(&thing).and_then(Weak::upgrade) {
            return lock;
        }
        locks.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::new(Mutex::new(()));
        locks.insert(thing, Arc::downgrade(&lock));
        lock
    }
}

impl<K> Default for Turns<K> {
    fn default() -> Self {
        Self(Held::default())
    }
}

impl<K> fmt::Debug for Turns<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Turns(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_has_one_lock_as_long_as_it_is_wanted() {
        let turns = Turns::default();
        let first = turns.of("a");
        let turn = first.try_lock().unwrap();
        assert!(turns.of("a").try_lock().is_err());
        assert!(turns.of("b").try_lock().is_ok());
        drop(turn);
        drop(first);
        assert!(turns.of("a").try_lock().is_ok());
        assert_eq!(turns.0.lock().unwrap().len(), 1);
    }
}
