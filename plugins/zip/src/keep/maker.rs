//! What comes of objects, turned into steps for the writer.

use bytes::Bytes;
use tokio::sync::mpsc;

use super::{KeepError, Watch};
use crate::ahead::{Ahead, Event};
use crate::failures::{self, Failure};
use crate::media::Method;
use crate::packing::{Entry, Packing, Promise};
use crate::plan::Plan;
use crate::records::Head;
use crate::source::{Known, Source};
use crate::stamp::Stamp;

/// One thing to be done to the archive.
pub(super) enum Step {
    /// An entry. One that is to be deflated is stored after all if its first block says so.
    Begin(Head),
    /// Bytes of a stored one.
    Data(Bytes),
    /// Bytes of the other kind.
    Block(Promise),
    End,
    Abandon,
    Folder(String, Stamp),
    Finish,
}

/// The writer is gone; it tells why when it is joined.
struct Gone;

pub(super) struct Maker<S> {
    plan: Plan,
    ahead: Ahead<S>,
    packing: Packing,
    steps: mpsc::Sender<Step>,
    failures: Vec<Failure>,
    open: Option<Open>,
}

/// The entry that is written.
struct Open {
    known: Known,
    /// Gathers its bytes if they are to be deflated.
    entry: Option<Entry>,
}

impl<S: Source> Maker<S> {
    pub(super) fn new(
        plan: Plan,
        ahead: Ahead<S>,
        packing: Packing,
        steps: mpsc::Sender<Step>,
    ) -> Self {
        Self {
            plan,
            ahead,
            packing,
            steps,
            failures: Vec::new(),
            open: None,
        }
    }

    pub(super) async fn run<W: Watch>(mut self, watch: &mut W) -> Result<Vec<Failure>, KeepError> {
        while let Some((index, event)) = self.ahead.next().await {
            let done = match event {
                Event::Failed(error) => {
                    let failure = Failure::new(&self.plan.items[index].key, &error);
                    self.failures.push(failure);
                    watch.failed(index, error).map_err(KeepError::Ended)?;
                    self.abandon().await
                }
                event => self.take(index, event, watch).await,
            };
            if done.is_err() {
                return Ok(self.failures);
            }
        }
        // Whatever the writer has against it, it says itself.
        let _ = self.finish().await;
        Ok(self.failures)
    }

    async fn take<W: Watch>(
        &mut self,
        index: usize,
        event: Event,
        watch: &mut W,
    ) -> Result<(), Gone> {
        match event {
            Event::Opened(known) => self.begin(self.head(index, &known), known).await,
            Event::Piece(piece) => {
                watch.bytes(u64::try_from(piece.len()).unwrap_or(u64::MAX));
                self.data(piece).await
            }
            Event::Whole => {
                let known = self.open.as_ref().map(|open| &open.known);
                watch.added(index, known.unwrap_or(&Known::default()));
                self.end().await
            }
            Event::Folder | Event::Failed(_) => {
                watch.added(index, &Known::default());
                let stamp = Stamp::of(self.plan.items[index].modified);
                match self.plan.name(index) {
                    Some(name) => self.send(Step::Folder(name, stamp)).await,
                    None => Ok(()),
                }
            }
        }
    }

    async fn begin(&mut self, head: Head, known: Known) -> Result<(), Gone> {
        let entry = (head.method == Method::Deflated).then(|| self.packing.entry());
        self.open = Some(Open { known, entry });
        self.send(Step::Begin(head)).await
    }

    async fn data(&mut self, piece: Bytes) -> Result<(), Gone> {
        let entry = self.open.as_mut().and_then(|open| open.entry.as_mut());
        let Some(entry) = entry else {
            return self.send(Step::Data(piece)).await;
        };
        entry.add(&piece);
        while let Some(block) = entry.block().await {
            // Not `send`: the entry is borrowed from here.
            self.steps.send(Step::Block(block)).await.map_err(gone)?;
        }
        Ok(())
    }

    async fn end(&mut self) -> Result<(), Gone> {
        let entry = self.open.take().and_then(|open| open.entry);
        if let Some(entry) = entry
            && let Some(block) = entry.last().await
        {
            self.send(Step::Block(block)).await?;
        }
        self.send(Step::End).await
    }

    async fn abandon(&mut self) -> Result<(), Gone> {
        match self.open.take() {
            Some(_) => self.send(Step::Abandon).await,
            None => Ok(()),
        }
    }

    fn head(&self, index: usize, known: &Known) -> Head {
        let item = &self.plan.items[index];
        let size = known.size.or(item.size);
        let media = known.media.as_deref();
        Head {
            name: self.plan.name(index).unwrap_or_default(),
            stamp: Stamp::of(item.modified.or(known.modified)),
            method: self.packing.method(media, &item.key, size),
            size,
        }
    }

    async fn finish(&mut self) -> Result<(), Gone> {
        if !self.failures.is_empty() {
            let text = failures::text(&self.failures);
            let name = self.plan.failures.clone();
            let size = u64::try_from(text.len()).ok();
            let head = Head {
                method: self.packing.method(Some("text/plain"), &name, size),
                name,
                stamp: Stamp::of(None),
                size,
            };
            self.begin(head, Known::default()).await?;
            self.data(text.into()).await?;
            self.end().await?;
        }
        self.send(Step::Finish).await
    }

    async fn send(&self, step: Step) -> Result<(), Gone> {
        self.steps.send(step).await.map_err(gone)
    }
}

fn gone<T>(_: T) -> Gone {
    Gone
}
