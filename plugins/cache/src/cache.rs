//! Is there a good answer, and who fetches one?

mod fetching;
mod looking;
mod rescue;
mod switch;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Once};
use std::time::UNIX_EPOCH;

use async_trait::async_trait;
use portico_redis::Redis;
use portico_sdk::Error;
use portico_sdk::cache::{
    Change, Demand, Fetch, Found, Origin, Question, ResponseCache, Tag, Topic,
};
use portico_sdk::clock::Clock;
use portico_sdk::seal::Seal;
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::far::Far;
use crate::figures::Figures;
use crate::flight::Flights;
use crate::memory::Memory;
use crate::near::Near;
use crate::settings::{Settings, Term, millis};
use crate::sharing::Sharing;
use crate::tender;
use looking::{Errand, Look};
pub(crate) use switch::Switch;
#[cfg(test)]
pub(crate) use tests::{Kit, head_object};

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
    near: Arc<Near>,
    far: Option<Far>,
    flights: Flights,
    figures: Figures,
    switch: Switch,
    sharing: Sharing,
    tended: Once,
}

impl Cache {
    /// A cache for this process alone, or with a Redis for replicas.
    pub(crate) fn new(
        settings: Settings,
        clock: Arc<dyn Clock>,
        seal: Arc<dyn Seal>,
        figures: Figures,
        switch: Switch,
        redis: Option<Redis>,
    ) -> Self {
        let near = Arc::new(Near::default());
        let far = redis.map(|redis| {
            let (seal, near) = (Arc::clone(&seal), Arc::clone(&near));
            Far::new(redis, seal, &settings, near, figures.errors.clone())
        });
        Self(Arc::new(Inner {
            memory: Memory::new(settings.memory.0, settings.longest()),
            sharing: Sharing::new(&settings),
            settings,
            clock,
            seal,
            near,
            far,
            flights: Flights::default(),
            figures,
            switch,
            tended: Once::new(),
        }))
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.0.memory
    }

    pub(crate) fn far(&self) -> Option<&Far> {
        self.0.far.as_ref()
    }

    /// Milliseconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.0.now()
    }

    /// What is there, with what is known of the question; the question alone, when nobody can say
    /// what has changed.
    async fn look(&self, question: Question, term: Term) -> Result<(Errand, Look), Question> {
        let inner = &self.0;
        let question = inner.sharing.open(question);
        let Some(far) = &inner.far else {
            return Ok(inner.look(question, term));
        };
        inner.tended.call_once(|| tender::begin(self));
        Box::pin(inner.look_far(far, question, term)).await
    }

    /// Drops what a change has made old; `unsure`: which may only be carried out later.
    pub(crate) async fn drop_old(&self, change: &Change, unsure: bool) {
        self.0.drop_old(change, unsure).await;
    }

    /// The same, for where nobody can wait.
    pub(crate) fn drop_old_soon(&self, change: &Change, unsure: bool) {
        let inner = &self.0;
        let change = &*inner.sharing.widened(change);
        let now = inner.now();
        if let Some(far) = &inner.far {
            far.owe(inner.bumps(far, change, unsure, now), now);
            let inner = Arc::clone(inner);
            if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                runtime.spawn(async move {
                    if let Some(far) = &inner.far {
                        far.settle(now).await;
                    }
                });
            }
        } else {
            inner.bump(change, unsure, now);
        }
        inner.figures.invalidations.inc();
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

    async fn drop_old(&self, change: &Change, unsure: bool) {
        let change = &*self.sharing.widened(change);
        let now = self.now();
        if let Some(far) = &self.far {
            far.tell(self.bumps(far, change, unsure, now), now).await;
        } else {
            self.bump(change, unsure, now);
        }
        self.figures.invalidations.inc();
    }

    /// Begins new generations in this process.
    fn bump(&self, change: &Change, unsure: bool, now: u64) {
        for tag in change.tags() {
            self.near.bump(&tag, self.quiet(change, unsure, now, &tag));
        }
    }

    /// Begins them under the names of all replicas; those have to be told.
    fn bumps(&self, far: &Far, change: &Change, unsure: bool, now: u64) -> Vec<crate::far::Bump> {
        let quiet = |tag: &Tag<'_>| self.quiet(change, unsure, now, tag).unwrap_or(0);
        let bumps = far.bumps(change, quiet);
        for bump in &bumps {
            let quiet = (bump.quiet > 0).then_some(bump.quiet);
            self.near.bump_at(bump.name.slot, quiet);
        }
        bumps
    }

    /// Until when nothing is given or kept under a tag of a change, if at all.
    fn quiet(&self, change: &Change, unsure: bool, now: u64, tag: &Tag<'_>) -> Option<u64> {
        let lag = now.saturating_add(millis(self.settings.s3_list_quiet.0));
        if unsure || change.answers_early {
            return Some(lag.max(now.saturating_add(UNSURE)));
        }
        let lists = matches!(tag.topic, Topic::Listing(_));
        (change.lags && lists).then_some(lag)
    }
}

#[async_trait]
impl ResponseCache for Cache {
    fn identify(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.0.seal.tag(parts)
    }

    async fn get_or_fetch(&self, question: Question, fetch: Fetch<'_>) -> Result<Found, Error> {
        let span = tracing::debug_span!(
            "cache.get",
            cache.operation = question.operation,
            cache.hit = Empty,
            cache.shared = Empty,
        );
        if span.is_disabled() {
            return self.answer(question, fetch).await;
        }
        let found = self.answer(question, fetch).instrument(span.clone());
        let found = Box::pin(found).await;
        if let Ok(found) = &found {
            span.record("cache.hit", found.origin == Origin::Kept);
            span.record("cache.shared", found.origin == Origin::Shared);
        }
        found
    }

    async fn kept(&self, question: Question) -> Option<Found> {
        let inner = &self.0;
        let term = inner.settings.term(question.lifetime);
        let term = term.filter(|_| question.demand == Demand::Any && inner.switch.is_on())?;
        let (_, look) = self.look(question, term).await.ok()?;
        match look {
            Look::Good(found) => Some(found),
            Look::Late(_) | Look::Nothing => None,
        }
    }

    async fn invalidate(&self, change: &Change) {
        let span = tracing::debug_span!("cache.invalidate");
        self.drop_old(change, false).instrument(span).await;
    }

    fn invalidate_soon(&self, change: Change) {
        self.drop_old_soon(&change, false);
    }
}

impl Cache {
    async fn answer(&self, question: Question, fetch: Fetch<'_>) -> Result<Found, Error> {
        let inner = &self.0;
        let term = inner.settings.term(question.lifetime);
        let wanted = question.demand != Demand::Private && inner.switch.is_on();
        let Some(term) = term.filter(|_| wanted) else {
            return Box::pin(inner.pass(&question, fetch)).await;
        };
        let (errand, look) = match self.look(question, term).await {
            Ok(looked) => looked,
            Err(question) => return Box::pin(inner.pass(&question, fetch)).await,
        };
        match look {
            Look::Good(found) => Ok(found),
            Look::Late(found) => {
                inner.refresh(errand, fetch);
                Ok(found)
            }
            Look::Nothing => Box::pin(inner.fetch(errand, fetch)).await,
        }
    }
}
