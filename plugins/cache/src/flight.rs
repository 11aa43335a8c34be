//! Who waits for a fetch that runs.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Place;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portico_sdk::Error;
use tokio::sync::watch;

use crate::entry::Entry;
use crate::stamp::Stamp;

/// What is fetched, and since what change: who asks after another one waits for another fetch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Name {
    question: Box<[u8]>,
    stamp: Stamp,
}

type Running = Mutex<HashMap<Name, watch::Receiver<Option<Landing>>>>;

/// The fetches that run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flights(Arc<Running>);

/// How a fetch ended, for those who waited.
#[derive(Debug, Clone)]
pub(crate) enum Landing {
    /// With an answer for all.
    Whole(Arc<Entry>),
    /// With one that only the first can have: the others fetch for themselves.
    Apart,
    /// With an error for all.
    Failed(Arc<Error>),
}

/// A place in a fetch.
pub(crate) enum Seat {
    /// The reader makes the fetch.
    Lead(Ticket),
    /// It runs already.
    Join(Waiting),
}

/// Waits for the end of somebody else's fetch.
pub(crate) struct Waiting(watch::Receiver<Option<Landing>>);

/// The right to make a fetch, and the duty to tell how it ended. Dropped without that, everyone
/// fetches for themselves.
pub(crate) struct Ticket {
    flights: Flights,
    name: Option<Name>,
    landing: watch::Sender<Option<Landing>>,
}

impl Flights {
    /// A seat in the fetch of a question under these generations.
    pub(crate) fn board(&self, question: &[u8], stamp: Stamp) -> Seat {
        let name = Name {
            question: question.into(),
            stamp,
        };
        match self.running().entry(name) {
            Place::Occupied(running) => Seat::Join(Waiting(running.get().clone())),
            Place::Vacant(vacant) => {
                let name = vacant.key().clone();
                let (landing, waiting) = watch::channel(None);
                vacant.insert(waiting);
                Seat::Lead(Ticket {
                    flights: self.clone(),
                    name: Some(name),
                    landing,
                })
            }
        }
    }

    /// A fetch that nobody joins.
    pub(crate) fn alone(&self) -> Ticket {
        Ticket {
            flights: self.clone(),
            name: None,
            landing: watch::channel(None).0,
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<Name, watch::Receiver<Option<Landing>>>> {
        // Whoever panics here leaves a whole map behind.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.running().len()
    }
}

impl Waiting {
    /// How the fetch ended.
    pub(crate) async fn landing(mut self) -> Landing {
        let landed = self.0.wait_for(Option::is_some).await;
        landed
            .ok()
            .and_then(|landing| landing.clone())
            .unwrap_or(Landing::Apart)
    }
}

impl Ticket {
    /// Tells everyone who waits. Nobody can join any more.
    pub(crate) fn land(mut self, landing: Landing) {
        self.leave();
        // Nobody may be waiting.
        let _ = self.landing.send(Some(landing));
    }

    fn leave(&mut self) {
        if let Some(name) = self.name.take() {
            self.flights.running().remove(&name);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.leave();
    }
}
