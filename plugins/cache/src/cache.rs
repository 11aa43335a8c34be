//! Is there a good answer, and who fetches one?

mod fetching;
mod switch;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use async_trait::async_trait;
use portico_sdk::Error;
use portico_sdk::cache::{Change, Demand, Fetch, Found, Origin, Question, ResponseCache, Topic};
use portico_sdk::clock::Clock;
use portico_sdk::seal::Seal;

use crate::entry::State;
use crate::figures::{Figures, Result as Answered};
use crate::flight::Flights;
use crate::memory::Memory;
use crate::near::Near;
use crate::settings::{Settings, Term, millis};
use crate::words::Why;
use fetching::Errand;
pub(crate) use switch::Switch;

/// How long after a change of unknown outcome nothing that it may have changed is given or kept, at
/// least, in milliseconds: the store may still be about to carry it out.
const UNSURE: u64 = 15_000;

/// The cache. Cheap to clone.
#[derive(Clone)]
pub struct Cache(Arc<Inner>);

pub(crate) struct Inner {
    settings: Settings,
    clock: Arc<dyn Clock>,
    seal: Arc<dyn Seal>,
    memory: Memory,
    near: Near,
    flights: Flights,
    figures: Figures,
    switch: Switch,
}

impl Cache {
    pub(crate) fn new(
        settings: Settings,
        clock: Arc<dyn Clock>,
        seal: Arc<dyn Seal>,
        figures: Figures,
        switch: Switch,
    ) -> Self {
        Self(Arc::new(Inner {
            memory: Memory::new(settings.memory.0, settings.longest()),
            settings,
            clock,
            seal,
            near: Near::default(),
            flights: Flights::default(),
            figures,
            switch,
        }))
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.0.memory
    }

    /// Drops what a change has made old; `unsure`: which may only be carried out later.
    pub(crate) fn drop_old(&self, change: &Change, unsure: bool) {
        self.0.drop_old(change, unsure || change.answers_early);
    }
}

impl Inner {
    /// Milliseconds since 1970.
    fn now(&self) -> u64 {
        millis(
            self.clock
                .now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default(),
        )
    }

    fn drop_old(&self, change: &Change, unsure: bool) {
        let now = self.now();
        let lag = now.saturating_add(millis(self.settings.s3_list_quiet.0));
        let doubt = lag.max(now.saturating_add(UNSURE));
        for tag in change.tags() {
            let lists = matches!(tag.topic, Topic::Listing(_));
            let quiet = if unsure {
                Some(doubt)
            } else {
                (change.lags && lists).then_some(lag)
            };
            self.near.bump(&tag, quiet);
        }
        self.figures.invalidations.inc();
    }
}

#[async_trait]
impl ResponseCache for Cache {
    fn identify(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.0.seal.tag(parts)
    }

    async fn get_or_fetch(&self, question: Question, fetch: Fetch<'_>) -> Result<Found, Error> {
        let inner = &self.0;
        let term = inner.settings.term(question.lifetime);
        let wanted = question.demand != Demand::Private && inner.switch.is_on();
        let Some(term) = term.filter(|_| wanted) else {
            return inner.pass(&question, fetch).await;
        };
        let mut errand = inner.errand(question, term);
        if errand.question.demand == Demand::Any {
            match inner.look(&mut errand) {
                Look::Good(found) => return Ok(found),
                Look::Late(found) => {
                    inner.refresh(errand, fetch);
                    return Ok(found);
                }
                Look::Nothing => {}
            }
        }
        Box::pin(inner.fetch(errand, fetch)).await
    }

    async fn kept(&self, question: Question) -> Option<Found> {
        let inner = &self.0;
        let term = inner.settings.term(question.lifetime);
        let term = term.filter(|_| question.demand == Demand::Any && inner.switch.is_on())?;
        match inner.look(&mut inner.errand(question, term)) {
            Look::Good(found) => Some(found),
            Look::Late(_) | Look::Nothing => None,
        }
    }

    async fn invalidate(&self, change: &Change) {
        self.drop_old(change, false);
    }

    fn invalidate_soon(&self, change: Change) {
        self.drop_old(&change, false);
    }
}

/// What is in memory.
enum Look {
    /// An answer.
    Good(Found),
    /// One that is given though its time is over, while a new one is fetched.
    Late(Found),
    Nothing,
}

impl Inner {
    fn errand(&self, question: Question, term: Term) -> Errand {
        let asked = self.now();
        Errand {
            // Before anything is looked up: what comes later finds a generation of its own.
            seen: self.near.read(&question, asked),
            question,
            term,
            asked,
            why: Why::Request,
            old: None,
        }
    }

    fn look(&self, errand: &mut Errand) -> Look {
        let Some(entry) = self.memory.get(&errand.question.key) else {
            errand.why = Why::Absent;
            return Look::Nothing;
        };
        let operation = errand.question.operation;
        match entry.state(&errand.seen, errand.asked, &errand.term) {
            State::Fresh { age, left } => {
                self.figures.count(operation, Answered::Hit);
                Look::Good(Found {
                    response: entry.kept(age, left),
                    origin: Origin::Kept,
                })
            }
            State::Expired { since } => {
                errand.why = Why::Expired;
                let late = since < errand.term.revalidating && !entry.absent;
                let response = late.then(|| {
                    let left = i64::try_from(since / 1000).unwrap_or(i64::MAX);
                    let age = errand.asked.saturating_sub(entry.asked) / 1000;
                    // Below zero even in the first second.
                    entry.kept(age, -left.max(1))
                });
                errand.old = Some(entry);
                response.map_or(Look::Nothing, |response| {
                    self.figures.count(operation, Answered::Stale);
                    Look::Late(Found {
                        response,
                        origin: Origin::Kept,
                    })
                })
            }
            State::Changed => {
                errand.why = Why::Changed;
                Look::Nothing
            }
        }
    }
}
