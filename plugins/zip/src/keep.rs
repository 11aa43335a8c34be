//! An archive in a file: objects that cannot be had are left out, and listed in it.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use portico_sdk::Error;
use tokio::sync::mpsc;
use tokio::task::{JoinError, spawn_blocking};

use crate::ahead::{Ahead, Event, Limits};
use crate::archive::{Archive, ZipError};
use crate::failures::{self, Failure};
use crate::media::Method;
use crate::plan::Plan;
use crate::records::Head;
use crate::source::{Known, Source};
use crate::stamp::Stamp;

/// Steps that may wait for the writer.
const STEPS: usize = 16;

/// Where the bytes of an archive are put; called on a thread that may block.
pub trait Shelf: Send + 'static {
    /// Adds bytes to the end.
    ///
    /// # Errors
    /// Whatever keeps them from being stored. The archive is given up then.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Goes back to so many bytes from the beginning.
    ///
    /// # Errors
    /// As for writing.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

/// Hears how far an archive has come. Must not block.
pub trait Watch: Send {
    /// So many more bytes of objects have been read.
    fn bytes(&mut self, count: u64);
    /// The object at this place of the plan is in the archive, in this state.
    fn added(&mut self, index: usize, known: &Known);
    /// The one at this place is not and will not be. An error ends the work.
    ///
    /// # Errors
    /// What the work shall end with.
    fn failed(&mut self, index: usize, error: Error) -> Result<(), Error>;
}

/// Why there is no archive.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// It cannot be stored.
    #[error("the archive cannot be stored")]
    Shelf(#[from] io::Error),
    /// It cannot be written as an archive.
    #[error(transparent)]
    Zip(#[from] ZipError),
    /// The watcher would not go on.
    #[error("{0}")]
    Ended(#[source] Error),
    /// The thread that writes is gone.
    #[error("the writer of the archive failed")]
    Writer(#[from] JoinError),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The length of the archive, in bytes.
    pub length: u64,
    /// What is not in it.
    pub failures: Vec<Failure>,
}

/// How an archive is made.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keep {
    /// Of fetching.
    pub limits: Limits,
}

impl Keep {
    /// Writes the archive of a plan, each object stored or deflated by what it is, and an entry that
    /// lists what failed, if anything did; gives the shelf back. The same objects make the same bytes.
    ///
    /// Needs a Tokio runtime. Dropping the future ends fetches and writer; the shelf is dropped then.
    ///
    /// # Errors
    /// [`KeepError`]; what lies on the shelf is of no use then.
    pub async fn write<S: Source, F: Shelf, W: Watch>(
        self,
        plan: Plan,
        source: Arc<S>,
        place: F,
        watch: &mut W,
    ) -> Result<(Kept, F), KeepError> {
        let (steps, taken) = mpsc::channel(STEPS);
        let writer = Writer {
            archive: Archive::default(),
            shelf: place,
        };
        let writer = spawn_blocking(move || writer.run(taken));
        let ahead = Ahead::new(plan.items.clone(), source, self.limits);
        let maker = Maker {
            plan,
            ahead,
            steps,
            failures: Vec::new(),
        };
        let failures = maker.run(watch).await?;
        let (length, place) = writer.await??;
        Ok((Kept { length, failures }, place))
    }
}

/// One thing to be done to the archive.
enum Step {
    Begin(Head),
    Data(Bytes),
    End,
    Abandon,
    Folder(String, Stamp),
    Finish,
}

struct Maker<S> {
    plan: Plan,
    ahead: Ahead<S>,
    steps: mpsc::Sender<Step>,
    failures: Vec<Failure>,
}

impl<S: Source> Maker<S> {
    async fn run<W: Watch>(mut self, watch: &mut W) -> Result<Vec<Failure>, KeepError> {
        let mut open: Option<Known> = None;
        while let Some((index, event)) = self.ahead.next().await {
            let step = match event {
                Event::Failed(error) => {
                    let failure = Failure::new(&self.plan.items[index].key, &error);
                    self.failures.push(failure);
                    watch.failed(index, error).map_err(KeepError::Ended)?;
                    open.take().map(|_| Step::Abandon)
                }
                event => self.step(index, event, &mut open, watch),
            };
            // A writer that is gone tells why when it is joined.
            if let Some(step) = step
                && self.steps.send(step).await.is_err()
            {
                return Ok(self.failures);
            }
        }
        self.finish().await;
        Ok(self.failures)
    }

    fn step<W: Watch>(
        &self,
        index: usize,
        event: Event,
        open: &mut Option<Known>,
        watch: &mut W,
    ) -> Option<Step> {
        let name = || self.plan.name(index);
        match event {
            Event::Opened(known) => {
                let head = self.head(index, &known);
                *open = Some(known);
                Some(Step::Begin(head))
            }
            Event::Piece(piece) => {
                watch.bytes(u64::try_from(piece.len()).unwrap_or(u64::MAX));
                Some(Step::Data(piece))
            }
            Event::Whole => {
                watch.added(index, &open.take().unwrap_or_default());
                Some(Step::End)
            }
            _ => {
                watch.added(index, &Known::default());
                let stamp = Stamp::of(self.plan.items[index].modified);
                name().map(|name| Step::Folder(name, stamp))
            }
        }
    }

    fn head(&self, index: usize, known: &Known) -> Head {
        let item = &self.plan.items[index];
        let size = known.size.or(item.size);
        Head {
            name: self.plan.name(index).unwrap_or_default(),
            stamp: Stamp::of(item.modified.or(known.modified)),
            method: match size {
                Some(0) => Method::Stored,
                _ => Method::for_media(known.media.as_deref(), &item.key),
            },
            size,
        }
    }

    async fn finish(&self) {
        let mut steps = Vec::new();
        if !self.failures.is_empty() {
            let text = failures::text(&self.failures);
            steps.push(Step::Begin(Head {
                name: self.plan.failures.clone(),
                stamp: Stamp::of(None),
                method: Method::Deflated,
                size: u64::try_from(text.len()).ok(),
            }));
            steps.extend([Step::Data(text.into()), Step::End]);
        }
        steps.push(Step::Finish);
        for step in steps {
            if self.steps.send(step).await.is_err() {
                return;
            }
        }
    }
}

struct Writer<F> {
    archive: Archive,
    shelf: F,
}

impl<F: Shelf> Writer<F> {
    /// Does what it is told until the end; gives the archive's length.
    fn run(mut self, mut steps: mpsc::Receiver<Step>) -> Result<(u64, F), KeepError> {
        while let Some(step) = steps.blocking_recv() {
            let bytes = match step {
                Step::Begin(head) => self.archive.begin(head)?,
                Step::Data(piece) => self.archive.data(piece)?,
                Step::End => self.archive.end()?,
                Step::Folder(name, stamp) => self.archive.folder(name, stamp)?,
                Step::Abandon => {
                    let length = self.archive.abandon();
                    self.shelf.cut(length)?;
                    continue;
                }
                Step::Finish => return self.finish(),
            };
            self.shelf.write(&bytes)?;
        }
        Err(io::Error::from(io::ErrorKind::Interrupted).into())
    }

    fn finish(mut self) -> Result<(u64, F), KeepError> {
        let before = self.archive.length();
        let rest = self.archive.finish()?;
        self.shelf.write(&rest)?;
        let length = before + u64::try_from(rest.len()).unwrap_or(u64::MAX);
        Ok((length, self.shelf))
    }
}
