//! An answer whose time is over, for when there is no other.

use std::sync::Arc;

use portico_sdk::cache::{Found, Origin, Question};

use super::Inner;
use super::looking::Errand;
use crate::entry::{Entry, State};
use crate::far::Names;
use crate::figures::Result as Answered;
use crate::settings::Term;
use crate::stamp::Seen;
use crate::words::Why;

/// What can be given if a fetch fails.
pub(super) struct Rescue {
    question: Question,
    names: Option<Names>,
    term: Term,
    why: Why,
    old: Arc<Entry>,
    /// The generation of who asked.
    reader: u128,
}

impl Rescue {
    pub(super) fn of(errand: &Errand) -> Option<Self> {
        let old = errand.old.clone().filter(|old| !old.absent)?;
        (errand.term.failing > 0).then(|| Self {
            question: errand.question.clone(),
            names: errand.names.clone(),
            term: errand.term,
            why: errand.why,
            old,
            reader: errand.seen.reader,
        })
    }

    /// The answer, if nothing has changed meanwhile and it is not too old even for that.
    pub(super) async fn found(self, inner: &Inner) -> Option<Found> {
        let now = inner.now();
        let seen = self.seen(inner, now).await?;
        if seen.reader != self.reader {
            return None;
        }
        let good = match self.old.state(&seen, now, &self.term) {
            State::Fresh { .. } => true,
            State::Expired { since } => since < self.term.failing,
            State::Changed => false,
        };
        good.then(|| {
            let operation = self.question.operation;
            inner.figures.count(operation, Answered::Stale);
            let age = now.saturating_sub(self.old.asked) / 1000;
            Found {
                response: self.old.failed(age, self.why),
                origin: Origin::Kept,
                derived: None,
            }
        })
    }

    async fn seen(&self, inner: &Inner, now: u64) -> Option<Seen> {
        match (&inner.far, &self.names) {
            (Some(far), Some(names)) if far.is_square(now).await => {
                far.read(names, now, false).await.ok().map(|told| told.seen)
            }
            (Some(_), _) => None,
            (None, _) => Some(inner.near.read(&self.question, now)),
        }
    }
}
