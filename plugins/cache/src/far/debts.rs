//! Changes that could not be told yet. Until they are, this process gives nothing that is kept.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::names::{Bump, Name};

/// Debts beyond which those of a home become one of everything in it.
const MOST: usize = 10_000;

/// Debts that are told in one go.
const PORTION: usize = 500;

/// What is owed.
#[derive(Debug)]
pub(crate) struct Debts {
    state: Mutex<State>,
    /// Read on every request; changed under the lock.
    none: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    waiting: HashMap<String, Bump>,
    /// Those that are being told.
    under_way: usize,
    /// Until when too much was forgotten to give anything, in milliseconds since 1970.
    forgotten: u64,
}

impl Default for Debts {
    fn default() -> Self {
        Self {
            state: Mutex::default(),
            none: AtomicBool::new(true),
        }
    }
}

impl Debts {
    /// Whether nothing is owed.
    pub(crate) fn is_none(&self, now: u64) -> bool {
        if self.none.load(Ordering::SeqCst) {
            return true;
        }
        let mut state = self.state();
        if state.forgotten <= now {
            state.forgotten = 0;
        }
        self.note(&state)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        let state = self.state();
        state.waiting.len() + state.under_way
    }

    /// Notes some more. When there are too many, `coarse` names everything of a home instead; when
    /// even those are, nothing is given until `until`, when whatever is old has gone by itself.
    pub(crate) fn add(&self, bumps: Vec<Bump>, until: u64, coarse: impl Fn(&str) -> [Name; 3]) {
        let mut state = self.state();
        state.extend(bumps);
        if state.waiting.len() > MOST {
            state.gather(&coarse);
        }
        if state.waiting.len() > MOST {
            tracing::error!("too many changes wait for Redis: nothing is given for a while");
            state.waiting.clear();
            state.forgotten = until;
        }
        self.note(&state);
    }

    /// Some of them, to be told now; `None` while somebody else does.
    pub(crate) fn collect(&self) -> Option<Collection<'_>> {
        let mut state = self.state();
        if state.under_way > 0 || state.waiting.is_empty() {
            return None;
        }
        let names: Vec<_> = state.waiting.keys().take(PORTION).cloned().collect();
        let taken = names.iter().filter_map(|name| state.waiting.remove(name));
        let bumps: Vec<_> = taken.collect();
        state.under_way = bumps.len();
        drop(state);
        Some(Collection { debts: self, bumps })
    }

    fn note(&self, state: &State) -> bool {
        let none = state.waiting.is_empty() && state.under_way == 0 && state.forgotten == 0;
        self.none.store(none, Ordering::SeqCst);
        none
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Debts that are being told; those that are left in here when it goes are owed again.
#[derive(Debug)]
pub(crate) struct Collection<'a> {
    debts: &'a Debts,
    pub(crate) bumps: Vec<Bump>,
}

impl Drop for Collection<'_> {
    fn drop(&mut self) {
        let mut state = self.debts.state();
        state.under_way = 0;
        state.extend(std::mem::take(&mut self.bumps));
        self.debts.note(&state);
    }
}

impl State {
    fn extend(&mut self, bumps: Vec<Bump>) {
        for bump in bumps {
            let name = bump.name.generation.clone();
            let quiet = bump.quiet;
            let owed = self.waiting.entry(name).or_insert(bump);
            owed.quiet = owed.quiet.max(quiet);
        }
    }

    /// Makes one of everything that is owed of a home.
    fn gather(&mut self, coarse: &impl Fn(&str) -> [Name; 3]) {
        let quiet = self.waiting.values().map(|bump| bump.quiet).max();
        let homes: HashSet<_> = self
            .waiting
            .values()
            .filter_map(|bump| bump.home.clone())
            .collect();
        self.waiting.retain(|_, bump| bump.home.is_none());
        for home in homes {
            let whole = coarse(&home).map(|name| Bump {
                name,
                home: Some(home.clone()),
                quiet: quiet.unwrap_or(0),
            });
            self.extend(whole.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bump(home: Option<&str>, number: usize, quiet: u64) -> Bump {
        Bump {
            name: Name {
                generation: format!("{home:?}{number}"),
                slot: 0,
            },
            home: home.map(Into::into),
            quiet,
        }
    }

    fn coarse(home: &str) -> [Name; 3] {
        [0, 1, 2].map(|slot| Name {
            generation: format!("{home} {slot}"),
            slot,
        })
    }

    #[test]
    fn what_is_owed_is_told_once_and_kept_until_it_is() {
        let debts = Debts::default();
        assert!(debts.is_none(0));
        debts.add(
            vec![bump(Some("a"), 1, 5), bump(Some("a"), 1, 3)],
            0,
            coarse,
        );
        assert!(!debts.is_none(0));
        let owed = debts.collect().unwrap();
        assert_eq!(owed.bumps, [bump(Some("a"), 1, 5)], "the longer quiet");
        assert!(debts.collect().is_none(), "somebody is at it");
        assert!(!debts.is_none(0), "not told yet");
        debts.add(vec![bump(Some("a"), 2, 0)], 0, coarse);
        drop(owed);
        assert_eq!(debts.count(), 2);
        let mut owed = debts.collect().unwrap();
        assert_eq!(owed.bumps.len(), 2);
        owed.bumps.clear();
        drop(owed);
        assert!(debts.is_none(0));
    }

    #[test]
    fn too_many_of_a_home_become_few() {
        let debts = Debts::default();
        let many = (0..=MOST).map(|number| bump(Some("a"), number, 9));
        debts.add(many.collect(), 0, coarse);
        let owed = debts.collect().unwrap();
        assert_eq!(owed.bumps.len(), 3);
        assert!(owed.bumps.iter().all(|bump| bump.quiet == 9));
    }

    #[test]
    fn too_many_of_everything_end_in_silence() {
        let debts = Debts::default();
        let many = (0..=MOST).map(|number| bump(None, number, 0));
        debts.add(many.collect(), 1000, coarse);
        assert_eq!(debts.count(), 0);
        assert!(!debts.is_none(999));
        assert!(debts.is_none(1000));
    }
}
