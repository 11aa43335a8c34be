//! Jobs in `SQLite`: one file, which two processes share while one takes over from the other.

mod read;
mod schema;
mod tickets;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use serde_json::json;
use tokio::task::spawn_blocking;

use super::{
    Admitted, Again, Caps, Change, Claimant, Claimed, Count, Ending, Held, Lease, New, Seen, Store,
    StoreFault,
};
use crate::job::{JobId, Millis, Owner, State};

/// The file, opened when it is needed first: a check of the settings makes none.
#[derive(Clone)]
pub(crate) struct SqliteStore {
    path: Arc<PathBuf>,
    connection: Arc<Mutex<Option<Connection>>>,
}

impl SqliteStore {
    /// The jobs of a folder.
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            path: Arc::new(folder.join("jobs.sqlite")),
            connection: Arc::default(),
        }
    }

    /// Runs a step in a transaction of its own, which has the right to write from its beginning: one
    /// that got it later could find that what it had read has changed.
    async fn step<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Transaction<'_>) -> Result<T, StoreFault> + Send + 'static,
    ) -> Result<T, StoreFault> {
        let own = self.clone();
        spawn_blocking(move || own.blocking(TransactionBehavior::Immediate, step)).await?
    }

    /// The same for a step that writes nothing, and waits for no other.
    async fn read<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Transaction<'_>) -> Result<T, StoreFault> + Send + 'static,
    ) -> Result<T, StoreFault> {
        let own = self.clone();
        spawn_blocking(move || own.blocking(TransactionBehavior::Deferred, step)).await?
    }

    fn blocking<T>(
        &self,
        behavior: TransactionBehavior,
        step: impl FnOnce(&Transaction<'_>) -> Result<T, StoreFault>,
    ) -> Result<T, StoreFault> {
        let mut slot = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut connection = match slot.take() {
            Some(connection) => connection,
            None => schema::open(&self.path)?,
        };
        let done = connection
            .transaction_with_behavior(behavior)
            .map_err(StoreFault::from)
            .and_then(|step_of| {
                let done = step(&step_of)?;
                step_of.commit()?;
                Ok(done)
            });
        // A connection that failed is left: the next opens the file anew.
        if done.is_ok() {
            *slot = Some(connection);
        }
        done
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn insert(&self, job: New, caps: Caps) -> Result<Admitted, StoreFault> {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let (most, most_of_owner) = (number(caps.all), number(caps.per_owner));
        self.step(move |on| {
            let open = "SELECT count(*) FROM jobs WHERE state IN ('waiting', 'running')";
            let all: i64 = on.query_row(open, [], |row| row.get(0))?;
            let of_owner = format!("{open} AND owner = ?1");
            let own: i64 = on.query_row(&of_owner, [job.owner.0], |row| row.get(0))?;
            if own >= most_of_owner {
                return Ok(Admitted::OwnerIsFull);
            }
            if all >= most {
                return Ok(Admitted::Full);
            }
            on.prepare(schema::INSERT)?.execute(params![
                job.id.to_string(),
                job.kind,
                job.owner.0,
                job.created,
                job.overdue,
                job.order,
                job.report,
            ])?;
            Ok(Admitted::Yes)
        })
        .await
    }

    async fn look(&self, id: JobId, now: Millis) -> Result<Option<Seen>, StoreFault> {
        self.read(move |on| {
            let mut asked = on.prepare(schema::LOOK)?;
            let found = asked.query_row(params![id.to_string(), now], read::seen);
            found.optional()?.transpose()
        })
        .await
    }

    async fn result(&self, id: JobId) -> Result<Option<Vec<u8>>, StoreFault> {
        self.read(move |on| {
            let asked = "SELECT result FROM jobs WHERE id = ?1";
            let found = on.query_row(asked, [id.to_string()], |row| row.get(0));
            Ok(found.optional()?.flatten())
        })
        .await
    }

    async fn claim(
        &self,
        by: &Claimant,
        now: Millis,
        until: Millis,
    ) -> Result<Option<Claimed>, StoreFault> {
        let by = by.clone();
        let per_owner = i64::try_from(by.per_owner).unwrap_or(i64::MAX);
        self.step(move |on| {
            let mut asked = on.prepare(schema::CLAIM)?;
            let kinds = json!(by.kinds).to_string();
            let asked_for = params![now, until, by.holder, by.mark, per_owner, kinds];
            let found = asked.query_row(asked_for, |row| read::claimed(row, &by.holder));
            found.optional()?.transpose()
        })
        .await
    }

    async fn hold(&self, lease: &Lease, until: Millis, change: Change) -> Result<Held, StoreFault> {
        let lease = lease.clone();
        self.step(move |on| {
            let mut asked = on.prepare(schema::HOLD)?;
            let cancel = asked.query_row(
                params![
                    lease.id.to_string(),
                    lease.holder,
                    lease.epoch,
                    until,
                    change.report,
                    change.checkpoint,
                    change.result,
                    change.place,
                ],
                |row| row.get(0),
            );
            let held = cancel.optional()?;
            Ok(held.map_or(Held::Lost, |cancel| Held::Yes { cancel }))
        })
        .await
    }

    async fn end(&self, lease: &Lease, ending: Ending) -> Result<bool, StoreFault> {
        let lease = lease.clone();
        self.step(move |on| {
            let changed = on.prepare(schema::END)?.execute(params![
                lease.id.to_string(),
                lease.holder,
                lease.epoch,
                ending.state.word(),
                ending.report,
                ending.expires,
            ])?;
            Ok(changed > 0)
        })
        .await
    }

    async fn release(&self, holder: &str) -> Result<u64, StoreFault> {
        let holder = holder.to_owned();
        self.step(move |on| {
            let released = on.prepare(schema::RELEASE)?.execute([holder])?;
            Ok(u64::try_from(released).unwrap_or(u64::MAX))
        })
        .await
    }

    async fn cancel(
        &self,
        id: JobId,
        owner: Owner,
        expires: Millis,
        _kept: Millis,
    ) -> Result<Option<State>, StoreFault> {
        self.step(move |on| {
            let named = params![id.to_string(), owner.0];
            on.execute(schema::CANCEL_RUNNING, named)?;
            let waiting = params![id.to_string(), owner.0, expires];
            on.execute(schema::CANCEL_WAITING, waiting)?;
            let asked = "SELECT state FROM jobs WHERE id = ?1 AND owner = ?2";
            let state = on.query_row(asked, named, read::state);
            state.optional()?.transpose()
        })
        .await
    }

    async fn again(&self, id: JobId, owner: Owner, again: Again) -> Result<bool, StoreFault> {
        self.step(move |on| {
            let changed = on.execute(
                schema::AGAIN,
                params![
                    id.to_string(),
                    owner.0,
                    again.now,
                    again.overdue,
                    again.only,
                    again.order,
                    again.report,
                ],
            )?;
            Ok(changed > 0)
        })
        .await
    }

    async fn forget(&self, id: JobId, owner: Owner) -> Result<bool, StoreFault> {
        self.step(move |on| {
            let gone = on.execute(schema::FORGET, params![id.to_string(), owner.0])?;
            Ok(gone > 0)
        })
        .await
    }

    async fn sweep(&self, now: Millis, kept: Millis) -> Result<(), StoreFault> {
        self.step(move |on| {
            on.execute(schema::EXPIRE, [now])?;
            on.execute(schema::OVERDUE, [now, now.saturating_add(kept)])?;
            Ok(())
        })
        .await
    }

    async fn census(&self) -> Result<Vec<Count>, StoreFault> {
        self.read(move |on| {
            let mut asked = on.prepare(schema::CENSUS)?;
            let found = asked.query_map([], read::count)?;
            found.map(|count| count?).collect()
        })
        .await
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SqliteStore").field(&self.path).finish()
    }
}
