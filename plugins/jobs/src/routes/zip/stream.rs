//! Instant archives: sent while they are made, with their length told before.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::StreamExt as _;
use http::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, HeaderValue};
use portico_sdk::error::chain;
use portico_sdk::{Error, Principal, Reason};
use portico_zip::{Limits, Plan, ZipError, instant};

use super::{begin, ready};
use crate::figures::{Archives, Outcome};
use crate::job::Owner;
use crate::kinds::{Objects, Selection, Wanted};
use crate::routes::Desk;

/// When to come again, for whom there is no room now.
const RETRY: Duration = Duration::from_secs(15);

/// How many instant archives are on their way, in all and of each owner.
#[derive(Debug, Clone)]
pub(crate) struct Turns {
    most: usize,
    most_each: usize,
    taken: Arc<Mutex<HashMap<Owner, usize>>>,
}

impl Turns {
    pub(crate) fn new(most: usize, most_each: usize) -> Self {
        Self {
            most,
            most_each,
            taken: Arc::default(),
        }
    }

    /// A turn, until it is dropped.
    fn take(&self, owner: Owner) -> Result<Turn, Error> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.get(&owner).copied().unwrap_or_default();
        if own >= self.most_each || taken.values().sum::<usize>() >= self.most {
            let words =
                "There are too many archives on their way. Come again when some have ended.";
            return Err(Error::with_message(Reason::SlowDown, words).retry_after(RETRY));
        }
        taken.insert(owner, own + 1);
        Ok(Turn(self.clone(), owner))
    }
}

/// One archive on its way.
struct Turn(Turns, Owner);

impl Drop for Turn {
    fn drop(&mut self) {
        let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.1) {
            *count -= 1;
        }
        taken.retain(|_, count| *count > 0);
    }
}

/// An archive that could begin at once.
pub(super) struct Prepared {
    objects: Objects,
    plan: Plan,
    length: u64,
    bucket: String,
    turn: Turn,
}

/// Finds out what is in an archive, while the client waits.
pub(super) async fn prepare(
    desk: &Desk,
    caller: &Principal,
    bucket: &str,
    selection: Selection,
) -> Result<Prepared, Error> {
    let turn = desk.turns.take(desk.engine.owner(caller))?;
    let choice = begin::choice(desk, caller, bucket)?;
    let wanted = choice.known(selection).await?;
    let plan = Plan::new(wanted.iter().map(Wanted::item).collect());
    let unwritten = |error: ZipError| Error::new(Reason::InternalError).because(error);
    Ok(Prepared {
        objects: Objects::new(choice.store, bucket.to_owned(), choice.rights),
        length: plan.length().map_err(unwritten)?,
        plan,
        bucket: bucket.to_owned(),
        turn,
    })
}

pub(super) async fn begin(
    desk: &Desk,
    caller: &Principal,
    bucket: &str,
    selection: Selection,
) -> Result<Response, Error> {
    let prepared = prepare(desk, caller, bucket, selection).await?;
    Ok(prepared.send(desk, Archives::STREAM))
}

impl Prepared {
    /// Objects in it.
    pub(super) fn total(&self) -> u64 {
        u64::try_from(self.plan.items().len()).unwrap_or(u64::MAX)
    }

    /// Bytes of the archive.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// What is told of the answer, without it.
    pub(super) fn head(&self) -> Response {
        let mut response = ().into_response();
        let headers = response.headers_mut();
        ready::describe(headers, &self.bucket);
        headers.insert(CONTENT_LENGTH, HeaderValue::from(self.length));
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("none"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    /// The answer. A client that leaves ends every fetch; so does an object that fails, and the client
    /// sees that its answer is not whole.
    pub(super) fn send(self, desk: &Desk, way: &'static str) -> Response {
        let limits = Limits {
            patience: desk.patience(),
            ..Limits::default()
        };
        let mut response = self.head();
        let archives = desk.engine.figures().archives().clone();
        let mut journey = Journey::begin(archives, way, self.length, self.turn);
        let pieces = instant(self.plan, Arc::new(self.objects), limits);
        let pieces = pieces.inspect(move |piece| journey.note(piece));
        *response.body_mut() = Body::from_stream(pieces);
        response
    }
}

/// An archive on its way to a client; dropped, it has ended.
struct Journey {
    archives: Archives,
    way: &'static str,
    /// Bytes that are still to come.
    left: u64,
    broken: bool,
    _turn: Turn,
}

impl Journey {
    fn begin(archives: Archives, way: &'static str, length: u64, turn: Turn) -> Self {
        archives.started(way);
        Self {
            archives,
            way,
            left: length,
            broken: false,
            _turn: turn,
        }
    }

    fn note(&mut self, piece: &Result<Bytes, Error>) {
        match piece {
            Ok(piece) => {
                let bytes = u64::try_from(piece.len()).unwrap_or(u64::MAX);
                self.left = self.left.saturating_sub(bytes);
                self.archives.sent(self.way, bytes);
            }
            Err(error) => {
                tracing::warn!(error = %chain(error), "an instant archive breaks off");
                self.broken = true;
            }
        }
    }
}

impl Drop for Journey {
    fn drop(&mut self) {
        let outcome = match (self.broken, self.left) {
            (true, _) => Outcome::Broken,
            (false, 0) => Outcome::Finished,
            (false, _) => Outcome::Left,
        };
        self.archives.ended(self.way, outcome);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_counted_for_each_and_for_all() {
        let turns = Turns::new(3, 2);
        let [one, other] = [Owner([1; 32]), Owner([2; 32])];
        let first = turns.take(one).unwrap();
        let second = turns.take(one).unwrap();
        let refused = turns.take(one).err().unwrap();
        assert_eq!(refused.reason(), Reason::SlowDown);
        assert!(refused.retry_delay().is_some());
        let third = turns.take(other).unwrap();
        assert!(turns.take(other).is_err());
        drop((first, second));
        assert!(turns.take(other).is_ok());
        drop(third);
        assert!(turns.taken.lock().unwrap().is_empty());
    }
}
