//! The look into memory and Redis.

use std::sync::Arc;

use portico_redis::Unavailable;
use portico_sdk::cache::{Demand, Found, Origin, Question};

use super::Inner;
use crate::entry::{Entry, State};
use crate::far::{Far, Names};
use crate::figures::Result as Answered;
use crate::settings::Term;
use crate::stamp::Seen;
use crate::words::Why;

/// A question on its way to an answer.
pub(super) struct Errand {
    pub(super) question: Question,
    pub(super) term: Term,
    /// When it began, in milliseconds since 1970.
    pub(super) asked: u64,
    /// What was true then.
    pub(super) seen: Seen,
    /// What this process had heard by then.
    pub(super) near: Seen,
    /// What it is called in Redis.
    pub(super) names: Option<Names>,
    pub(super) why: Why,
    /// An answer whose time is over.
    pub(super) old: Option<Arc<Entry>>,
    /// Whether others may have been given an answer that this reader may not have yet.
    pub(super) stranger: bool,
}

/// What is there.
pub(super) enum Look {
    /// An answer.
    Good(Found),
    /// One that is given though its time is over, while a new one is fetched.
    Late(Found),
    Nothing,
}

impl Inner {
    /// Looks into memory.
    pub(super) fn look(&self, question: Question, term: Term) -> (Errand, Look) {
        let asked = self.now();
        // Before anything is looked up: what comes later finds a generation of its own.
        let seen = self.near.read(&question, asked);
        let mut errand = Errand::new(question, term, asked);
        errand.seen = seen;
        if errand.question.demand != Demand::Any || !self.admits(&mut errand) {
            return (errand, Look::Nothing);
        }
        let look = match self.memory.get(&errand.question.key) {
            Some(entry) => self.judge(&mut errand, entry, Answered::Hit),
            None => Look::Nothing,
        };
        (errand, look)
    }

    /// Looks into memory and Redis.
    ///
    /// # Errors
    /// The question, when nobody can say what has changed: the store has to be asked, and its answer
    /// cannot be kept.
    pub(super) async fn look_far(
        &self,
        far: &Far,
        question: Question,
        term: Term,
    ) -> Result<(Errand, Look), Question> {
        let asked = self.now();
        if !far.is_square(asked).await {
            return Err(question);
        }
        let names = far.names(&question);
        let slots = names.all().map(|(place, name)| (place, name.slot));
        let near = self.near.read_at(slots, asked);
        let mut errand = Errand::new(question, term, asked);
        errand.near = near;
        let any = errand.question.demand == Demand::Any;
        let kept = any.then(|| self.memory.get(&errand.question.key)).flatten();
        let heard = kept.as_ref().filter(|entry| heard(far, entry, &near));
        if let (Some(entry), Some(reader)) = (heard, self.heard_of(&errand)) {
            errand.seen.stamp = entry.stamp;
            errand.seen.reader = reader;
            let look = self.judge(&mut errand, Arc::clone(entry), Answered::Hit);
            if !matches!(look, Look::Nothing) {
                errand.names = Some(names);
                return Ok((errand, look));
            }
        }
        match self.ask_far(far, &names, &mut errand, kept).await {
            Ok(look) => {
                errand.names = Some(names);
                Ok((errand, look))
            }
            Err(_) => Err(errand.question),
        }
    }

    /// Asks Redis what is true now, and for the answer if memory has none.
    async fn ask_far(
        &self,
        far: &Far,
        names: &Names,
        errand: &mut Errand,
        kept: Option<Arc<Entry>>,
    ) -> Result<Look, Unavailable> {
        let any = errand.question.demand == Demand::Any;
        let told = far.read(names, errand.asked, any && kept.is_none()).await?;
        errand.seen = told.seen;
        errand.seen.quiet |= errand.near.quiet;
        errand.seen.absent_quiet |= errand.near.absent_quiet;
        if !any || !self.admits(errand) {
            return Ok(Look::Nothing);
        }
        let mut value = told.value;
        if let Some(entry) = kept {
            if entry.stamp.matches(&errand.seen.stamp, entry.absent) {
                let entry = self.hear(errand, entry);
                return Ok(self.judge(errand, entry, Answered::Hit));
            }
            errand.why = Why::Changed;
            value = far.value(names).await;
        }
        let open = |value: Vec<u8>| far.open(&value, &errand.question);
        let Some(entry) = value.and_then(open) else {
            return Ok(Look::Nothing);
        };
        let entry = Arc::new(entry.heard(errand.near.stamp));
        let look = self.judge(errand, Arc::clone(&entry), Answered::Far);
        if matches!(look, Look::Good(_)) {
            self.memory.put(errand.question.key.clone(), entry);
        }
        Ok(look)
    }

    /// Whether the reader may be given what is kept: their own, or others' where the store has let them
    /// in and has not refused them since.
    fn admits(&self, errand: &mut Errand) -> bool {
        let question = &errand.question;
        if !question.shared {
            return true;
        }
        let standing = self.sharing.standing(question, errand.asked);
        let known = standing.is_some_and(|known| known.generation == errand.seen.reader);
        if !known {
            errand.stranger = true;
            errand.why = Why::Stranger;
        }
        known
    }

    /// The same by what this process has heard: the generation of the reader, who is still admitted.
    fn heard_of(&self, errand: &Errand) -> Option<u128> {
        let question = &errand.question;
        if !question.shared {
            return Some(0);
        }
        let standing = self.sharing.standing(question, errand.asked);
        let known = standing.filter(|known| known.near == errand.near.reader);
        known.map(|known| known.generation)
    }

    /// Notes that an answer is as good as what this process has heard by now.
    fn hear(&self, errand: &Errand, entry: Arc<Entry>) -> Arc<Entry> {
        let listens = self.far.as_ref().is_some_and(|far| far.ear.is_some());
        if !listens || entry.near == errand.near.stamp {
            return entry;
        }
        let entry = Arc::new(Entry::clone(&entry).heard(errand.near.stamp));
        self.memory
            .put(errand.question.key.clone(), Arc::clone(&entry));
        entry
    }

    /// What an entry is good for, at this moment.
    fn judge(&self, errand: &mut Errand, entry: Arc<Entry>, hit: Answered) -> Look {
        let operation = errand.question.operation;
        match entry.state(&errand.seen, errand.asked, &errand.term) {
            State::Fresh { age, left } => {
                self.figures.count(operation, hit);
                Look::Good(Found {
                    response: entry.kept(age, left),
                    origin: Origin::Kept,
                    derived: entry.derived.clone(),
                })
            }
            State::Expired { since } => {
                errand.why = Why::Expired;
                let late = since < errand.term.revalidating && !entry.absent;
                let look = late.then(|| self.late(errand, &entry, since));
                errand.old = Some(entry);
                look.unwrap_or(Look::Nothing)
            }
            State::Changed => {
                errand.why = Why::Changed;
                Look::Nothing
            }
        }
    }

    fn late(&self, errand: &Errand, entry: &Entry, since: u64) -> Look {
        self.figures
            .count(errand.question.operation, Answered::Stale);
        let left = i64::try_from(since / 1000).unwrap_or(i64::MAX);
        let age = errand.asked.saturating_sub(entry.asked) / 1000;
        Look::Late(Found {
            // Below zero even in the first second.
            response: entry.kept(age, -left.max(1)),
            origin: Origin::Kept,
            derived: entry.derived.clone(),
        })
    }
}

impl Errand {
    fn new(question: Question, term: Term, asked: u64) -> Self {
        let why = match question.demand {
            Demand::Any => Why::Absent,
            Demand::Fresh | Demand::Private => Why::Request,
        };
        Self {
            question,
            term,
            asked,
            seen: Seen::default(),
            near: Seen::default(),
            names: None,
            why,
            old: None,
            stranger: false,
        }
    }
}

/// Whether every change since an entry was last found good would have been heard of.
fn heard(far: &Far, entry: &Entry, near: &Seen) -> bool {
    let hears = far.ear.as_ref().is_some_and(crate::far::Ear::hears);
    hears && entry.near.matches(&near.stamp, entry.absent) && !near.is_quiet(entry.absent)
}
