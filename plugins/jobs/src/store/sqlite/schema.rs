//! The table of jobs, and every sentence that is said to it.

use std::fs::DirBuilder;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use crate::store::StoreFault;

/// How long one process waits for the other to finish a step.
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens the file, made if need be, for its owner alone.
///
/// `synchronous = FULL`: a job that was accepted is there after the machine has crashed too.
/// `secure_delete`: what is deleted is overwritten, though it was sealed.
pub(super) fn open(path: &Path) -> Result<Connection, StoreFault> {
    if let Some(folder) = path.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    // SQLite gives its other files the permissions of this one.
    let made = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path);
    drop(made?);
    let connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "auto_vacuum", "FULL")?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update_and_check(None, "secure_delete", "ON", |_| Ok(()))?;
    connection.execute_batch(TABLE)?;
    connection.execute_batch(super::tickets::TABLE)?;
    Ok(connection)
}

const TABLE: &str = "
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    owner BLOB NOT NULL,
    state TEXT NOT NULL,
    created INTEGER NOT NULL,
    overdue INTEGER NOT NULL,
    expires INTEGER,
    holder TEXT,
    until INTEGER NOT NULL DEFAULT 0,
    epoch INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    cancel INTEGER NOT NULL DEFAULT 0,
    only_at TEXT,
    place TEXT,
    work BLOB,
    checkpoint BLOB,
    report BLOB,
    result BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, created);
";

pub(super) const INSERT: &str = "
INSERT INTO jobs (id, kind, owner, state, created, overdue, work, report)
VALUES (?1, ?2, ?3, 'waiting', ?4, ?5, ?6, ?7)";

pub(super) const LOOK: &str = "
SELECT kind, owner, state, report, place FROM jobs
WHERE id = ?1 AND (expires IS NULL OR expires > ?2)";

pub(super) const CLAIM: &str = "
UPDATE jobs SET state = 'running', until = ?2, holder = ?3, epoch = epoch + 1, attempts = attempts + 1
WHERE id = (
    SELECT id FROM jobs AS one
    WHERE (state = 'waiting' OR (state = 'running' AND until < ?1))
    AND (only_at IS NULL OR only_at = ?4)
    AND kind IN (SELECT value FROM json_each(?6))
    AND ?5 > (
        SELECT count(*) FROM jobs AS other
        WHERE other.owner = one.owner AND other.state = 'running' AND other.until >= ?1
    )
    ORDER BY created, id LIMIT 1
)
RETURNING kind, owner, state, report, place, id, epoch, attempts, cancel, created, work, checkpoint, result";

/// Whoever comes further has not failed yet: attempts begin anew.
pub(super) const HOLD: &str = "
UPDATE jobs SET until = ?4, report = ifnull(?5, report),
    attempts = iif(?6 IS NULL, attempts, 0), checkpoint = ifnull(?6, checkpoint),
    result = ifnull(?7, result), place = ifnull(?8, place)
WHERE id = ?1 AND holder = ?2 AND epoch = ?3 AND state = 'running'
RETURNING cancel";

pub(super) const END: &str = "
UPDATE jobs SET state = ?4, report = ?5, expires = ?6,
    holder = NULL, work = NULL, checkpoint = NULL
WHERE id = ?1 AND holder = ?2 AND epoch = ?3 AND state = 'running'";

/// A process that goes in order has not failed.
pub(super) const RELEASE: &str = "
UPDATE jobs SET state = 'waiting', holder = NULL, until = 0, attempts = max(attempts - 1, 0)
WHERE holder = ?1 AND state = 'running'";

pub(super) const CANCEL_RUNNING: &str = "
UPDATE jobs SET cancel = 1 WHERE id = ?1 AND owner = ?2 AND state = 'running'";

pub(super) const CANCEL_WAITING: &str = "
UPDATE jobs SET state = 'canceled', expires = ?3, work = NULL, checkpoint = NULL
WHERE id = ?1 AND owner = ?2 AND state = 'waiting'";

pub(super) const AGAIN: &str = "
UPDATE jobs SET state = 'waiting', created = ?3, overdue = ?4, expires = NULL, attempts = 0,
    cancel = 0, only_at = ?5, place = NULL, work = ?6, report = ?7, checkpoint = NULL
WHERE id = ?1 AND owner = ?2
AND (state = 'done' AND expires > ?3 OR state = 'waiting' AND only_at IS NOT NULL AND only_at != ?5)";

pub(super) const FORGET: &str = "
DELETE FROM jobs WHERE id = ?1 AND owner = ?2 AND state NOT IN ('waiting', 'running')";

pub(super) const EXPIRE: &str = "
DELETE FROM jobs WHERE expires IS NOT NULL AND expires <= ?1";

pub(super) const OVERDUE: &str = "
UPDATE jobs SET state = 'failed', expires = ?2, holder = NULL, work = NULL, checkpoint = NULL
WHERE state IN ('waiting', 'running') AND overdue <= ?1";

pub(super) const CENSUS: &str = "
SELECT kind, state, count(*) FROM jobs WHERE state IN ('waiting', 'running') GROUP BY kind, state";
