//! An archive in a file: objects that cannot be had are left out, and listed in it.

mod maker;
mod writer;

use std::io;
use std::sync::Arc;

use portico_sdk::Error;
use tokio::sync::mpsc;
use tokio::task::{JoinError, spawn_blocking};

use crate::ahead::{Ahead, Limits};
use crate::archive::ZipError;
use crate::failures::Failure;
use crate::packing::Packing;
use crate::plan::Plan;
use crate::source::{Known, Source};
use maker::Maker;
use writer::Writer;

/// Steps that may wait for the writer. Each is no more than a block or a piece of the store's.
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
#[derive(Debug, Clone, Default)]
pub struct Keep {
    /// Of fetching.
    pub limits: Limits,
    /// How entries are compressed.
    pub packing: Packing,
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
        let writer = Writer::new(place);
        let writer = spawn_blocking(move || writer.run(taken));
        let ahead = Ahead::new(plan.items.clone(), source, self.limits);
        let maker = Maker::new(plan, ahead, self.packing, steps);
        let failures = maker.run(watch).await?;
        let (length, place) = writer.await??;
        Ok((Kept { length, failures }, place))
    }
}
