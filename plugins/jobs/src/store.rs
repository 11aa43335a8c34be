//! Where jobs are kept: what a store must be able to do, in one step each.
//!
//! A store knows nothing of what it keeps: orders, checkpoints, reports and results are sealed before
//! they come here. It decides who may write: a job is written by whoever holds its lease, and by
//! nobody else.

mod redis;
mod sqlite;
#[cfg(test)]
mod tests;
mod tickets;

use std::fmt::Debug;

use async_trait::async_trait;

use crate::job::{JobId, Millis, Owner, State};

pub(crate) use redis::RedisStore;
pub(crate) use sqlite::SqliteStore;
pub use tickets::{Ticket, Tickets};

/// The store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreFault {
    /// `SQLite`, or the disk below it.
    #[error("SQLite failed")]
    Sqlite(#[from] rusqlite::Error),
    /// Its folder.
    #[error("the folder of jobs cannot be used")]
    Folder(#[from] std::io::Error),
    /// Redis.
    #[error(transparent)]
    Redis(#[from] portico_redis::Unavailable),
    /// What it keeps cannot be understood.
    #[error("the store holds something else than jobs: {0}")]
    Unreadable(&'static str),
    /// The thread that was to ask it is gone.
    #[error("the step was not finished")]
    Unfinished(#[from] tokio::task::JoinError),
}

/// A job to be kept.
#[derive(Debug)]
pub struct New {
    /// Its name.
    pub id: JobId,
    /// Its kind.
    pub kind: &'static str,
    /// Whose it is.
    pub owner: Owner,
    /// When it was submitted.
    pub created: Millis,
    /// When it has failed, if it has not ended before.
    pub overdue: Millis,
    /// What is to be done and with which credential, sealed.
    pub order: Vec<u8>,
    /// The first report, sealed.
    pub report: Vec<u8>,
}

/// How many jobs there may be.
#[derive(Debug, Clone, Copy)]
pub struct Caps {
    /// That run or wait.
    pub all: usize,
    /// That run or wait, of one owner.
    pub per_owner: usize,
}

/// Whether a job was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admitted {
    /// It is kept.
    Yes,
    /// The owner has too many already.
    OwnerIsFull,
    /// There are too many already.
    Full,
}

/// A job as anybody may see it who knows its name and whose it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Its kind.
    pub kind: String,
    /// Whose it is.
    pub owner: Owner,
    /// How it stands.
    pub state: State,
    /// The last report, sealed.
    pub report: Option<Vec<u8>>,
    /// Where its file lies.
    pub place: Option<String>,
}

/// Who wants to run a job.
#[derive(Debug, Clone)]
pub struct Claimant {
    /// The process.
    pub holder: String,
    /// Where it keeps files.
    pub mark: String,
    /// The kinds that it knows.
    pub kinds: Vec<&'static str>,
    /// The most jobs of one owner that may run at one time.
    pub per_owner: usize,
}

/// The right to run a job and to write what comes of it. A job that is taken over has another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Which job.
    pub id: JobId,
    /// The process.
    pub holder: String,
    /// How many times it was taken, this one included.
    pub epoch: i64,
}

/// A job that somebody may run now.
#[derive(Debug)]
pub struct Claimed {
    /// The right to.
    pub lease: Lease,
    /// The job.
    pub seen: Seen,
    /// When it was submitted.
    pub created: Millis,
    /// How many times it was taken since it last came further, this one included.
    pub attempts: i64,
    /// Whether its owner wants it to end.
    pub cancel: bool,
    /// What is to be done, sealed.
    pub order: Option<Vec<u8>>,
    /// How far it came, sealed.
    pub checkpoint: Option<Vec<u8>>,
    /// What it had made before, if it is done again, sealed.
    pub result: Option<Vec<u8>>,
}

/// What a holder writes; what is `None` stays as it is.
#[derive(Debug, Default)]
pub struct Change {
    /// How far it has come, for its owner, sealed.
    pub report: Option<Vec<u8>>,
    /// How far it has come, for whoever takes it over, sealed.
    pub checkpoint: Option<Vec<u8>>,
    /// What it has made, sealed.
    pub result: Option<Vec<u8>>,
    /// Where its file lies.
    pub place: Option<String>,
}

/// Whether a lease is still good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// It is, and lasts longer now.
    Yes {
        /// Whether the owner wants the job to end.
        cancel: bool,
    },
    /// Somebody else has the job, or it is over.
    Lost,
}

/// The end of a job.
#[derive(Debug)]
pub struct Ending {
    /// How it ended.
    pub state: State,
    /// The last report, sealed.
    pub report: Vec<u8>,
    /// When it is forgotten.
    pub expires: Millis,
    /// By how long that is from now, in milliseconds.
    pub kept: Millis,
}

/// A job that is to be done again, because its file lies elsewhere.
#[derive(Debug)]
pub struct Again {
    /// What is to be done and with which credential, sealed.
    pub order: Vec<u8>,
    /// The first report, sealed.
    pub report: Vec<u8>,
    /// Where alone it may be done ([`Claimant::mark`]).
    pub only: String,
    /// The present time.
    pub now: Millis,
    /// When it has failed, if it has not ended before.
    pub overdue: Millis,
}

/// Jobs of one kind and state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The kind.
    pub kind: String,
    /// Whether they run or wait.
    pub state: State,
    /// How many there are.
    pub count: i64,
}

/// A place where jobs outlive processes. Every step is one, whoever else asks at the same time.
#[async_trait]
pub trait Store: Tickets + Debug + Send + Sync {
    /// Takes a job in, unless there are too many.
    async fn insert(&self, job: New, caps: Caps) -> Result<Admitted, StoreFault>;

    /// A job that is not forgotten.
    async fn look(&self, id: JobId, now: Millis) -> Result<Option<Seen>, StoreFault>;

    /// What a job has made, sealed.
    async fn result(&self, id: JobId) -> Result<Option<Vec<u8>>, StoreFault>;

    /// Takes the oldest job that waits, or whose holder is silent, until `until`.
    async fn claim(
        &self,
        by: &Claimant,
        now: Millis,
        until: Millis,
    ) -> Result<Option<Claimed>, StoreFault>;

    /// Keeps a lease, until `until`, and writes what has changed.
    async fn hold(&self, lease: &Lease, until: Millis, change: Change) -> Result<Held, StoreFault>;

    /// Ends a job, its order and checkpoint with it; `false`: the lease is lost.
    async fn end(&self, lease: &Lease, ending: Ending) -> Result<bool, StoreFault>;

    /// Gives up all jobs of a process, so that others may take them at once; says how many.
    async fn release(&self, holder: &str) -> Result<u64, StoreFault>;

    /// Ends a job that waits, and tells the holder of one that runs to; gives how it stands then,
    /// `None` for no job of this owner.
    async fn cancel(
        &self,
        id: JobId,
        owner: Owner,
        expires: Millis,
        kept: Millis,
    ) -> Result<Option<State>, StoreFault>;

    /// Has a job done again that is done, or waits to be done again elsewhere; `false`: it is not so.
    async fn again(&self, id: JobId, owner: Owner, again: Again) -> Result<bool, StoreFault>;

    /// Forgets a job of this owner that is over; `false`: there is none.
    async fn forget(&self, id: JobId, owner: Owner) -> Result<bool, StoreFault>;

    /// Forgets what has expired, and fails what is overdue, to be kept for `kept` milliseconds.
    async fn sweep(&self, now: Millis, kept: Millis) -> Result<(), StoreFault>;

    /// Jobs that run or wait.
    async fn census(&self) -> Result<Vec<Count>, StoreFault>;
}
