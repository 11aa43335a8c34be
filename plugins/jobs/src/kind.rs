//! A kind of job: what runs, and how a run may end.

use std::time::Duration;

use async_trait::async_trait;
use portico_sdk::Error;

use crate::work::Work;

/// A kind of job. One object serves all jobs of its kind; what belongs to one of them stands in its
/// [`Work`].
///
/// A run may end at any `await`, without a word: its process is killed, its lease lost, or the process
/// is going. Another run of the same job then begins from its last checkpoint, perhaps in another
/// process. So whatever is done must be harmless when it is done again.
#[async_trait]
pub trait Kind: Send + Sync {
    /// The name in stores, metrics and logs.
    fn name(&self) -> &'static str;

    /// How long a job is known after its end.
    fn kept(&self) -> Duration;

    /// Runs a job, from its beginning or from its last checkpoint. `Ok` means that it is done; keys
    /// that failed stand in the report.
    ///
    /// # Errors
    /// Why it is not done.
    async fn run(&self, work: &Work) -> Result<(), Halt>;
}

/// Why a run ended early.
#[derive(Debug)]
pub enum Halt {
    /// The owner wants the job to end.
    Canceled,
    /// Another process has the job now; nothing that this one does counts any more.
    Lost,
    /// It cannot be done. The owner reads the error's words, the log its cause.
    Failed(Error),
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}
