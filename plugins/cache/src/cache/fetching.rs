//! The way to the store: one fetch for everyone who waits, and what is kept of it.

use std::sync::Arc;

use http::{Response, StatusCode};
use portico_sdk::body::Body;
use portico_sdk::cache::{Change, Demand, Fetch, Fetching, Found, Origin, Question};
use portico_sdk::error::chain;
use portico_sdk::{Error, Reason};
use tokio::sync::oneshot;
use tracing::Instrument as _;

use super::Inner;
use crate::entry::{Entry, State, sets_cookies};
use crate::figures::Result as Answered;
use crate::flight::{Landing, Seat, Ticket, Waiting};
use crate::settings::Term;
use crate::stamp::Seen;
use crate::take::{Taken, take};
use crate::words::{Fate, Why, fetched};

/// A question on its way to the store.
pub(super) struct Errand {
    pub(super) question: Question,
    pub(super) term: Term,
    /// When it began, in milliseconds since 1970.
    pub(super) asked: u64,
    /// What was true then.
    pub(super) seen: Seen,
    pub(super) why: Why,
    /// An answer whose time is over.
    pub(super) old: Option<Arc<Entry>>,
}

/// What a fetch brought to the reader who made it.
enum Brought {
    Whole(Arc<Entry>, Fate),
    Long(Response<Body>),
}

type Bring = oneshot::Sender<Result<Brought, Error>>;

impl Inner {
    /// Asks the store for this reader alone, and keeps nothing.
    pub(super) async fn pass(&self, question: &Question, fetch: Fetch<'_>) -> Result<Found, Error> {
        let asked = fetch();
        self.figures.count(question.operation, Answered::Bypass);
        let mut response = asked.await?;
        self.believe(question, response.status());
        fetched(response.headers_mut(), Why::Bypass, Fate::Passed);
        Ok(Found {
            response,
            origin: Origin::Store,
        })
    }

    /// Asks the store, or waits for somebody who does.
    pub(super) async fn fetch(
        self: &Arc<Self>,
        errand: Errand,
        fetch: Fetch<'_>,
    ) -> Result<Found, Error> {
        let seat = match errand.question.demand {
            // What runs already may be older than what this reader wants.
            Demand::Fresh | Demand::Private => Seat::Lead(self.flights.alone()),
            Demand::Any => self.flights.board(&errand.question.key, errand.seen.stamp),
        };
        match seat {
            Seat::Lead(ticket) => self.lead(errand, ticket, fetch()).await,
            Seat::Join(waiting) => self.join(errand, waiting, fetch).await,
        }
    }

    /// Fetches without a reader, unless somebody does already.
    pub(super) fn refresh(self: &Arc<Self>, errand: Errand, fetch: Fetch<'_>) {
        let seat = self.flights.board(&errand.question.key, errand.seen.stamp);
        if let Seat::Lead(ticket) = seat {
            let (bring, _) = oneshot::channel();
            self.start(errand, ticket, fetch(), bring);
        }
    }

    /// Begins a fetch that goes on when its reader has left.
    fn start(self: &Arc<Self>, errand: Errand, ticket: Ticket, fetching: Fetching, bring: Bring) {
        let fly = Arc::clone(self).fly(errand, ticket, fetching, bring);
        tokio::spawn(fly.in_current_span());
    }

    async fn lead(
        self: &Arc<Self>,
        errand: Errand,
        ticket: Ticket,
        fetching: Fetching,
    ) -> Result<Found, Error> {
        let (bring, brought) = oneshot::channel();
        let (why, operation) = (errand.why, errand.question.operation);
        let rescue = Rescue::of(&errand);
        self.start(errand, ticket, fetching, bring);
        let brought = brought.await.unwrap_or_else(|_| {
            let error = Error::new(Reason::InternalError);
            Err(error.because("the task of a fetch broke"))
        });
        if failed(&brought)
            && let Some(found) = rescue.and_then(|rescue| rescue.found(self))
        {
            return Ok(found);
        }
        self.figures.count(operation, Answered::Miss);
        let response = match brought? {
            Brought::Whole(entry, fate) => entry.fetched(why, fate),
            Brought::Long(mut response) => {
                fetched(response.headers_mut(), why, Fate::Passed);
                response
            }
        };
        Ok(Found {
            response,
            origin: Origin::Store,
        })
    }

    async fn join(
        self: &Arc<Self>,
        errand: Errand,
        waiting: Waiting,
        fetch: Fetch<'_>,
    ) -> Result<Found, Error> {
        let rescue = Rescue::of(&errand);
        let entry = match waiting.landing().await {
            Landing::Apart => return self.pass(&errand.question, fetch).await,
            Landing::Whole(entry) => Ok(entry),
            Landing::Failed(error) => Err(again(&error)),
        };
        let bad = entry
            .as_ref()
            .map_or(true, |entry| entry.status().is_server_error());
        if bad && let Some(found) = rescue.and_then(|rescue| rescue.found(self)) {
            return Ok(found);
        }
        self.figures
            .count(errand.question.operation, Answered::Shared);
        Ok(Found {
            response: entry?.fetched(errand.why, Fate::Collapsed),
            origin: Origin::Shared,
        })
    }

    /// Fetches, keeps, and tells everyone.
    async fn fly(
        self: Arc<Self>,
        errand: Errand,
        ticket: Ticket,
        fetching: Fetching,
        bring: Bring,
    ) {
        let (brought, landing) = match self.bring(&errand, fetching).await {
            Ok(Brought::Whole(entry, Fate::Passed)) if sets_cookies(entry.headers()) => {
                (Ok(Brought::Whole(entry, Fate::Passed)), Landing::Apart)
            }
            Ok(Brought::Whole(entry, fate)) => {
                let landing = Landing::Whole(Arc::clone(&entry));
                (Ok(Brought::Whole(entry, fate)), landing)
            }
            Ok(Brought::Long(response)) => (Ok(Brought::Long(response)), Landing::Apart),
            Err(error) => {
                let landing = Landing::Failed(Arc::new(again(&error)));
                (Err(error), landing)
            }
        };
        ticket.land(landing);
        // The reader may have left.
        let _ = bring.send(brought);
    }

    async fn bring(&self, errand: &Errand, fetching: Fetching) -> Result<Brought, Error> {
        let question = &errand.question;
        let response = fetching.await?;
        self.believe(question, response.status());
        let bodiless = question.operation.starts_with("Head");
        let limit = usize::try_from(self.settings.max_entry.0).unwrap_or(usize::MAX);
        let (parts, body) = match take(response, limit, bodiless).await? {
            Taken::Whole(parts, body) => (parts, body),
            Taken::Long(response) => return Ok(Brought::Long(response)),
        };
        let cookies = sets_cookies(&parts.headers);
        let entry = Arc::new(Entry::new(&parts, body, errand.asked, errand.seen.stamp));
        let quiet = errand.seen.is_quiet(entry.absent);
        // A 404 that has a body was no HEAD's.
        let keepable = entry.is_keepable(&errand.term) && (!entry.absent || bodiless);
        if !keepable || quiet || cookies || !self.switch.is_on() {
            return Ok(Brought::Whole(entry, Fate::Passed));
        }
        self.memory.put(question.key.clone(), Arc::clone(&entry));
        Ok(Brought::Whole(entry, Fate::Stored))
    }

    /// Whom the store refuses has no answers any more.
    fn believe(&self, question: &Question, status: StatusCode) {
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            let change = Change::default().identity(question.identity.clone());
            self.drop_old(&change, false);
        }
    }
}

/// An answer whose time is over, for when there is no other.
struct Rescue {
    question: Question,
    term: Term,
    why: Why,
    old: Arc<Entry>,
}

impl Rescue {
    /// What can be given if the fetch fails.
    fn of(errand: &Errand) -> Option<Self> {
        let old = errand.old.clone().filter(|old| !old.absent)?;
        (errand.term.failing > 0).then(|| Self {
            question: errand.question.clone(),
            term: errand.term,
            why: errand.why,
            old,
        })
    }

    /// The answer, if nothing has changed meanwhile and it is not too old even for that.
    fn found(self, inner: &Inner) -> Option<Found> {
        let now = inner.now();
        let seen = inner.near.read(&self.question, now);
        let good = match self.old.state(&seen, now, &self.term) {
            State::Fresh { .. } => true,
            State::Expired { since } => since < self.term.failing,
            State::Changed => false,
        };
        good.then(|| {
            inner
                .figures
                .count(self.question.operation, Answered::Stale);
            let age = now.saturating_sub(self.old.asked) / 1000;
            Found {
                response: self.old.failed(age, self.why),
                origin: Origin::Kept,
            }
        })
    }
}

fn failed(brought: &Result<Brought, Error>) -> bool {
    match brought {
        Ok(Brought::Whole(entry, _)) => entry.status().is_server_error(),
        Ok(Brought::Long(response)) => response.status().is_server_error(),
        Err(_) => true,
    }
}

/// The same error for another reader.
fn again(error: &Error) -> Error {
    let mut copy = Error::with_message(error.reason(), error.message().to_owned());
    if let Some(delay) = error.retry_delay() {
        copy = copy.retry_after(delay);
    }
    match std::error::Error::source(error) {
        Some(cause) => copy.because(chain(cause)),
        None => copy,
    }
}
