//! Who may be given what another was told: where the operator lets a tenant's people share, those whom
//! the store itself has answered well a moment ago, with their own credential, and has not refused since.

mod route;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use moka::ops::compute::Op;
use moka::sync::Cache;
use portico_sdk::cache::{Change, Home, Question, Shape, Topic};

use crate::settings::{Settings, millis};

pub use route::SharedRoute;

/// Identities that are remembered, and places for each of them; whoever is forgotten asks the store.
const IDENTITIES: u64 = 100_000;
const PLACES: usize = 100;

/// The routes that are shared, and who may share them.
#[derive(Debug)]
pub(crate) struct Sharing {
    routes: Vec<SharedRoute>,
    /// How long a good answer of the store counts, in milliseconds.
    trust: u64,
    known: Cache<[u8; 32], Arc<[Standing]>>,
}

/// That the store has answered somebody well.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    place: Place,
    /// When it was asked, in milliseconds since 1970.
    asked: u64,
    /// The generation of the identity then: the store's refusal begins another, on every replica.
    pub(crate) generation: u128,
    /// The same, as this process had heard.
    pub(crate) near: u128,
}

/// Whose data, told by which service of which host: a good answer elsewhere says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    home: Home,
    authority: Box<[u8]>,
    service: &'static str,
}

impl Place {
    fn of(question: &Question) -> Option<Self> {
        let (authority, _) = question.place()?;
        Some(Self {
            home: question.home.clone(),
            authority: authority.into(),
            service: match question.shape {
                Shape::Mapi => "mapi",
                Shape::Query => "query",
                _ => "s3",
            },
        })
    }
}

impl Sharing {
    pub(crate) fn new(settings: &Settings) -> Self {
        let trust = settings.shared_read_trust.0;
        Self {
            routes: settings.shared_read.clone(),
            trust: millis(trust),
            known: Cache::builder()
                .max_capacity(IDENTITIES)
                .time_to_live(trust.max(Duration::from_secs(1)))
                .build(),
        }
    }

    /// The question as it is to be looked up: everybody's, where it is after a shared route.
    pub(crate) fn open(&self, question: Question) -> Question {
        if self.routes.iter().any(|route| route.leads(&question)) {
            return question.shared();
        }
        question
    }

    /// What is known of who asks, if that is not too old.
    pub(crate) fn standing(&self, question: &Question, now: u64) -> Option<Standing> {
        let place = Place::of(question)?;
        let known = self.known.get(question.identity.as_bytes())?;
        let standing = known.iter().find(|standing| standing.place == place)?;
        self.counts(standing, now).then(|| standing.clone())
    }

    /// Notes that the store has answered a question well, asked at a moment under these generations
    /// of the identity: Redis's, and this process's.
    pub(crate) fn admit(&self, question: &Question, asked: u64, generations: (u128, u128)) {
        if self.routes.is_empty() {
            return;
        }
        let Some(place) = Place::of(question) else {
            return;
        };
        let standing = Standing {
            place,
            asked,
            generation: generations.0,
            near: generations.1,
        };
        let known = self.known.entry(*question.identity.as_bytes());
        known.and_compute_with(|known| {
            let known = known.map(moka::Entry::into_value).unwrap_or_default();
            match self.with(&known, &standing) {
                Some(more) => Op::Put(more),
                None => Op::Nop,
            }
        });
    }

    /// What was known with one more; `None`: that is known already, or something newer.
    fn with(&self, known: &[Standing], one: &Standing) -> Option<Arc<[Standing]>> {
        let same = |other: &&Standing| other.place == one.place;
        if known
            .iter()
            .find(same)
            .is_some_and(|other| other.asked > one.asked)
        {
            return None;
        }
        let others = known.iter().filter(|other| other.place != one.place);
        let others = others.filter(|other| self.counts(other, one.asked));
        let others = others.take(PLACES - 1).cloned();
        Some([one.clone()].into_iter().chain(others).collect())
    }

    fn counts(&self, standing: &Standing, now: u64) -> bool {
        // A clock that was set back says nothing of the age.
        let age = now.checked_sub(standing.asked);
        age.is_some_and(|age| age < self.trust)
    }

    /// A change, and what others may have been told by whom it drops: what one is refused now may
    /// have been taken from all.
    pub(crate) fn widened<'a>(&self, change: &'a Change) -> Cow<'a, Change> {
        let mut wide = Cow::Borrowed(change);
        if self.routes.is_empty() {
            return wide;
        }
        for tag in change.tags() {
            let Topic::Identity(identity) = tag.topic else {
                continue;
            };
            for standing in self
                .known
                .remove(identity)
                .iter()
                .flat_map(|known| known.iter())
            {
                wide = Cow::Owned(wide.into_owned().shared(&standing.place.home));
            }
        }
        wide
    }
}
