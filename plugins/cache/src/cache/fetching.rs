//! The way to the store: one fetch for everyone who waits, and what is kept of it.

use std::sync::Arc;

use http::{Response, StatusCode};
use portico_sdk::body::Body;
use portico_sdk::cache::{Change, Demand, Fetch, Fetching, Found, Origin, Question, refuses};
use portico_sdk::error::chain;
use portico_sdk::{Error, Reason};
use tokio::sync::oneshot;
use tracing::Instrument as _;

use super::Inner;
use super::looking::Errand;
use super::rescue::Rescue;
use crate::entry::{Entry, is_personal};
use crate::far::Lease;
use crate::figures::Result as Answered;
use crate::flight::{Landing, Seat, Ticket, Waiting};
use crate::take::{Taken, take};
use crate::words::{Fate, Why, fetched};

/// What a fetch brought to the reader who made it.
enum Brought {
    Whole(Arc<Entry>, Fate),
    /// What is for this reader alone, because it is too large or too personal.
    Long(Response<Body>),
}

type Bring = oneshot::Sender<Result<Brought, Error>>;

impl Inner {
    /// Asks the store for this reader alone, and keeps nothing.
    pub(super) async fn pass(&self, question: &Question, fetch: Fetch<'_>) -> Result<Found, Error> {
        let asked = fetch();
        self.figures.count(question.operation, Answered::Bypass);
        let mut response = asked.await?;
        self.believe(question, response.status()).await;
        fetched(response.headers_mut(), Why::Bypass, Fate::Passed);
        Ok(Found {
            response,
            origin: Origin::Store,
            derived: None,
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
            // What runs already is not for everybody.
            Demand::Any if errand.stranger => Seat::Lead(self.flights.alone()),
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
        if let Some(rescue) = rescue.filter(|_| failed(&brought))
            && let Some(found) = rescue.found(self).await
        {
            return Ok(found);
        }
        let (response, origin) = match brought {
            Ok(Brought::Whole(entry, Fate::Collapsed)) => {
                self.figures.count(operation, Answered::Shared);
                return Ok(Found {
                    response: entry.fetched(why, Fate::Collapsed),
                    origin: Origin::Shared,
                    derived: None,
                });
            }
            other => (other, Origin::Store),
        };
        self.figures.count(operation, Answered::Miss);
        let response = match response? {
            Brought::Whole(entry, fate) => entry.fetched(why, fate),
            Brought::Long(mut response) => {
                fetched(response.headers_mut(), why, Fate::Passed);
                response
            }
        };
        Ok(Found {
            response,
            origin,
            derived: None,
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
        if let Some(rescue) = rescue.filter(|_| bad)
            && let Some(found) = rescue.found(self).await
        {
            return Ok(found);
        }
        self.figures
            .count(errand.question.operation, Answered::Shared);
        Ok(Found {
            response: entry?.fetched(errand.why, Fate::Collapsed),
            origin: Origin::Shared,
            derived: None,
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
        let lease = self.lease(&errand).await;
        let brought = match self.awaited(&errand, lease.as_ref()).await {
            Some(entry) => Ok(Brought::Whole(entry, Fate::Collapsed)),
            None => self.bring(&errand, fetching).await,
        };
        let landing = landing(&brought, errand.question.shared);
        ticket.land(landing.clone());
        let stored = matches!(brought, Ok(Brought::Whole(_, Fate::Stored)));
        // The reader may have left.
        let _ = bring.send(brought);
        self.share(&errand, &landing, stored, lease).await;
    }

    /// The right to fetch for all replicas, where there is something to be had of it.
    async fn lease(&self, errand: &Errand) -> Option<Lease> {
        let (far, names) = (self.far.as_ref()?, errand.names.as_ref()?);
        if errand.question.demand != Demand::Any || errand.stranger || errand.seen.quiet {
            return None;
        }
        far.lease(names, &errand.seen.stamp).await
    }

    /// What another replica fetches under the same generations.
    async fn awaited(&self, errand: &Errand, lease: Option<&Lease>) -> Option<Arc<Entry>> {
        let (far, names) = (self.far.as_ref()?, errand.names.as_ref()?);
        let lease = lease.filter(|lease| !lease.own)?;
        let good = |value: Vec<u8>| {
            let entry = far.open(&value, &errand.question)?;
            entry
                .is_as_new(&errand.seen, errand.asked, &errand.term)
                .then(|| Arc::new(entry.heard(errand.near.stamp)))
        };
        let entry = far.awaited(names, lease, good).await?;
        self.memory
            .put(errand.question.key.clone(), Arc::clone(&entry));
        Some(entry)
    }

    /// Tells the other replicas what was fetched, and that the fetch is over.
    async fn share(&self, errand: &Errand, landing: &Landing, stored: bool, lease: Option<Lease>) {
        let (Some(far), Some(names)) = (&self.far, &errand.names) else {
            return;
        };
        let kept = match landing {
            Landing::Whole(entry) if stored => Some((&**entry, errand.term.longest(entry.absent))),
            _ => None,
        };
        let lease = lease.filter(|lease| lease.own);
        if kept.is_some() || lease.is_some() {
            far.put(names, &errand.question, kept, lease).await;
        }
    }

    async fn bring(&self, errand: &Errand, fetching: Fetching) -> Result<Brought, Error> {
        let question = &errand.question;
        let response = fetching.await?;
        self.believe(question, response.status()).await;
        if response.status().is_success() {
            let generations = (errand.seen.reader, errand.near.reader);
            self.sharing.admit(question, errand.asked, generations);
        }
        let bodiless = question.operation.starts_with("Head");
        let limit = usize::try_from(self.settings.max_entry.0).unwrap_or(usize::MAX);
        let (parts, body) = match take(response, limit, bodiless).await? {
            Taken::Whole(parts, body) => (parts, body),
            Taken::Long(response) => return Ok(Brought::Long(response)),
        };
        if is_personal(&parts.headers) {
            let body = portico_sdk::body::full(body);
            return Ok(Brought::Long(Response::from_parts(parts, body)));
        }
        let entry = Entry::new(&parts, body, errand.asked, errand.seen.stamp);
        let entry = Arc::new(entry.heard(errand.near.stamp));
        let quiet = errand.seen.is_quiet(entry.absent);
        // A 404 that has a body was no HEAD's.
        let keepable = entry.is_keepable(&errand.term) && (!entry.absent || bodiless);
        if !keepable || quiet || !self.switch.is_on() {
            return Ok(Brought::Whole(entry, Fate::Passed));
        }
        self.memory.put(question.key.clone(), Arc::clone(&entry));
        Ok(Brought::Whole(entry, Fate::Stored))
    }

    /// Whom the store refuses has no answers any more.
    async fn believe(&self, question: &Question, status: StatusCode) {
        if refuses(status) {
            let change = Change::default().identity(question.identity.clone());
            self.drop_old(&change, false).await;
        }
    }
}

/// What those who waited get of it. What the store refuses one, another may be given.
fn landing(brought: &Result<Brought, Error>, shared: bool) -> Landing {
    let personal = |entry: &Entry| {
        shared && (entry.status().is_client_error() || entry.status().is_redirection())
    };
    match brought {
        Ok(Brought::Whole(entry, _)) if personal(entry) => Landing::Apart,
        Ok(Brought::Whole(entry, _)) => Landing::Whole(Arc::clone(entry)),
        Ok(Brought::Long(_)) => Landing::Apart,
        Err(error) => Landing::Failed(Arc::new(again(error))),
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
