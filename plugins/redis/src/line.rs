//! The connection that is kept, made by whoever needs it first and anew after a fault.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use tokio::time::{Instant, timeout, timeout_at};

use crate::fault::Unavailable;
use crate::link::Link;
use crate::place::{CONNECT, Place};

/// At most one connection, or one attempt at it, at a time.
pub(crate) struct Line {
    place: Arc<Place>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    made: u64,
    attempt: Option<Attempt>,
}

/// A connection, or the wait for it. The number tells it from its successors.
#[derive(Clone)]
struct Attempt {
    number: u64,
    link: Shared<BoxFuture<'static, Result<Link, Unavailable>>>,
}

impl Line {
    pub(crate) fn new(place: Arc<Place>) -> Self {
        Self {
            place,
            state: Mutex::default(),
        }
    }

    /// The connection, with its number. One that is still being made when the time is over is there
    /// for a later call.
    pub(crate) async fn link(&self, end: Instant) -> Result<(u64, Link), Unavailable> {
        let attempt = self.attempt();
        match timeout_at(end, attempt.link).await {
            Ok(link) => link.map(|link| (attempt.number, link)),
            Err(_) => Err(Unavailable::Slow),
        }
    }

    /// The connection of this number is of no use any more. The next call makes another: a server
    /// that is silent may have gone without a word, and the master may be somewhere else by now.
    pub(crate) fn forget(&self, number: u64) {
        let mut state = self.state();
        state.attempt.take_if(|attempt| attempt.number == number);
    }

    fn attempt(&self) -> Attempt {
        let mut state = self.state();
        if let Some(attempt) = &state.attempt {
            let failed = matches!(attempt.link.clone().now_or_never(), Some(Err(_)));
            if !failed {
                return attempt.clone();
            }
        }
        state.made += 1;
        let attempt = Attempt {
            number: state.made,
            link: begin(Arc::clone(&self.place)),
        };
        state.attempt = Some(attempt.clone());
        attempt
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// In a task of its own, which goes on when its caller has given up.
fn begin(place: Arc<Place>) -> Shared<BoxFuture<'static, Result<Link, Unavailable>>> {
    let made = tokio::spawn(async move { timeout(CONNECT, place.connect()).await });
    let link = async move {
        match made.await {
            Ok(Ok(link)) => link.map_err(|error| Unavailable::of_connecting(&error)),
            Ok(Err(_)) => Err(Unavailable::Slow),
            Err(_) => Err(Unavailable::Failed("the client ended")),
        }
    };
    link.boxed().shared()
}
