//! One object on its way: a task that reads only so far ahead, and asks again where the store fails.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use portico_sdk::error::Remedy;
use portico_sdk::{Body, Error, Reason};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};

use super::{Event, Limits};
use crate::plan::Item;
use crate::source::{Object, Source};

/// The first pause before an object is asked for again; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The reading end. Dropping it ends the task, and with it the connection.
pub(super) struct Fetch {
    pub(super) large: bool,
    events: mpsc::UnboundedReceiver<Event>,
    room: Arc<Semaphore>,
    budget: usize,
    task: Option<AbortHandle>,
}

impl Fetch {
    pub(super) fn begin<S: Source>(
        source: &Arc<S>,
        item: Item,
        limits: Limits,
        large: bool,
    ) -> Self {
        let budget = limits.buffer.clamp(1, Semaphore::MAX_PERMITS);
        // Bounded by what the semaphore lets through.
        let (sender, events) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(budget));
        let task = if let Some(event) = at_once(&item) {
            let _ = sender.send(event);
            None
        } else {
            let outlet = Outlet {
                events: sender,
                room: Arc::clone(&room),
                budget,
            };
            let reading = Reading::new(Arc::clone(source), item, limits.patience, outlet);
            Some(tokio::spawn(reading.run()).abort_handle())
        };
        Self {
            large,
            events,
            room,
            budget,
            task,
        }
    }

    pub(super) async fn next(&mut self) -> Event {
        // The task says something at its end, unless it panicked or the runtime goes.
        let gone = || Event::Failed(Error::new(Reason::InternalError));
        let event = self.events.recv().await.unwrap_or_else(gone);
        if let Event::Piece(piece) = &event {
            self.room.add_permits(piece.len().min(self.budget));
        }
        event
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// What is known without asking the store.
fn at_once(item: &Item) -> Option<Event> {
    let missing = item.missing.clone();
    let missing = missing.map(|why| Event::Failed(Error::with_message(Reason::NotFound, why)));
    missing.or_else(|| item.folder.then_some(Event::Folder))
}

/// The writing end.
struct Outlet {
    events: mpsc::UnboundedSender<Event>,
    room: Arc<Semaphore>,
    budget: usize,
}

impl Outlet {
    /// Waits until the piece may wait for its turn. A piece larger than the whole room gets all of it.
    async fn piece(&self, piece: Bytes) {
        let size = u32::try_from(piece.len().min(self.budget)).unwrap_or(u32::MAX);
        // The semaphore is never closed.
        if let Ok(permit) = self.room.acquire_many(size).await {
            permit.forget();
        }
        self.say(Event::Piece(piece));
    }

    /// A reader that is gone aborts the task in the same breath.
    fn say(&self, event: Event) {
        let _ = self.events.send(event);
    }
}

struct Reading<S> {
    source: Arc<S>,
    item: Item,
    patience: Duration,
    outlet: Outlet,
    /// Bytes handed out.
    read: u64,
    opened: bool,
    /// Since when there has been nothing but failure, and the next pause.
    trouble: Option<(Instant, Duration)>,
}

impl<S: Source> Reading<S> {
    fn new(source: Arc<S>, item: Item, patience: Duration, outlet: Outlet) -> Self {
        Self {
            source,
            item,
            patience,
            outlet,
            read: 0,
            opened: false,
            trouble: None,
        }
    }

    async fn run(mut self) {
        let last = loop {
            match self.attempt().await {
                Ok(()) => break Event::Whole,
                Err(error) => {
                    if let ControlFlow::Break(error) = self.wait(error).await {
                        break Event::Failed(error);
                    }
                }
            }
        };
        self.outlet.say(last);
    }

    /// Reads from where the last attempt broke off.
    async fn attempt(&mut self) -> Result<(), Error> {
        let tag = self.item.e_tag.as_deref();
        let object = self.source.open(&self.item.key, tag, self.read).await?;
        let Object { known, body } = object;
        if known.size.is_some() && self.item.size.is_some_and(|size| known.size != Some(size)) {
            return Err(changed());
        }
        if !self.opened {
            // From now on it is this object and no other.
            self.item.size = known.size.or(self.item.size);
            self.item.e_tag = self.item.e_tag.take().or_else(|| known.e_tag.clone());
            self.outlet.say(Event::Opened(known));
            self.opened = true;
        }
        self.body(body).await
    }

    async fn body(&mut self, mut body: Body) -> Result<(), Error> {
        while let Some(frame) = body.frame().await {
            let Ok(piece) = frame?.into_data() else {
                continue;
            };
            if piece.is_empty() {
                continue;
            }
            self.read += u64::try_from(piece.len()).unwrap_or(u64::MAX);
            if self.item.size.is_some_and(|size| self.read > size) {
                return Err(changed());
            }
            self.trouble = None;
            self.outlet.piece(piece).await;
        }
        if self.item.size.is_some_and(|size| self.read < size) {
            return Err(Error::new(Reason::UpstreamFailed).because("the object ended early"));
        }
        Ok(())
    }

    /// A pause before the next attempt, if there is to be one.
    async fn wait(&mut self, error: Error) -> ControlFlow<Error> {
        let hopeless = error.reason().row().remedy != Remedy::Wait;
        // Without a tag nobody could tell whether the rest is of the same object.
        let other = self.read > 0 && self.item.e_tag.is_none();
        let now = Instant::now();
        let (since, pause) = self.trouble.unwrap_or((now, FIRST_PAUSE));
        if hopeless || other || now + pause > since + self.patience {
            return ControlFlow::Break(error);
        }
        self.trouble = Some((since, (pause * 2).min(LONGEST_PAUSE)));
        sleep(pause).await;
        ControlFlow::Continue(())
    }
}

fn changed() -> Error {
    let words = "The object has changed while it was read.";
    Error::with_message(Reason::PreconditionFailed, words)
}
