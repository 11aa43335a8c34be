//! What a job is to everybody who asks about it: an id, an owner, a state and a report.

use std::fmt;

use portico_aws::KeyFault;
pub use portico_sdk::jobs::State;
use portico_sdk::{Error, Reason};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The name of a job, random, as front ends know it (`task_id`).
pub type JobId = Uuid;

/// Milliseconds since 1970-01-01T00:00:00Z, by the clock of whoever writes. `SQLite` has no unsigned
/// numbers.
pub type Millis = i64;

/// Faults of single keys that a report holds one by one; beyond, they are only counted.
pub const TOLD: usize = 1000;

/// Whose a job is: a keyed hash of user, tenant and secret, so that neither the name alone nor a wrong
/// password owns anything.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Owner(pub [u8; 32]);

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Owner(..)")
    }
}

/// How far a job has come. Every kind uses what it needs of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// Entries that there are; 0 until that is known.
    pub total: u64,
    /// Entries that are done, folder entries among them.
    pub done: u64,
    /// Entries that failed.
    pub failed: u64,
    /// Of those done, the folder entries.
    pub folders: u64,
    /// Bytes that are done.
    pub bytes: u64,
    /// Bytes that there are; 0 until that is known.
    pub total_bytes: u64,
    /// The entries that failed, the first [`TOLD`] of them.
    pub faults: Vec<KeyFault>,
    /// Why the job as a whole failed, in words for its owner.
    pub error: Option<String>,
}

impl Report {
    /// Counts an entry that failed.
    pub fn fail(&mut self, fault: KeyFault) {
        self.failed += 1;
        if self.faults.len() < TOLD {
            self.faults.push(fault);
        }
    }
}

/// A job as its owner may see it at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Its name.
    pub id: JobId,
    /// Its kind, by [`Kind::name`](crate::kind::Kind::name).
    pub kind: String,
    /// How it stands.
    pub state: State,
    /// How far it has come.
    pub report: Report,
    /// The mark of the place where its file lies, if it has made one
    /// ([`Files::mark`](crate::files::Files::mark)).
    pub place: Option<String>,
}

/// What everybody is told who asks for a job that is none of theirs, or of nobody's.
#[must_use]
pub fn not_found() -> Error {
    Error::with_message(Reason::NotFound, "Task not found")
}
