//! Rows of the table, read.

use rusqlite::Row;
use uuid::Uuid;

use crate::job::{Owner, State};
use crate::store::{Claimed, Count, Lease, Seen, StoreFault};

/// What `SQLite` gives, and what it means.
type Read<T> = rusqlite::Result<Result<T, StoreFault>>;

fn word(row: &Row<'_>, column: usize) -> Read<State> {
    let text: String = row.get(column)?;
    Ok(State::read(&text).ok_or(StoreFault::Unreadable("a state")))
}

/// The only column.
pub(super) fn state(row: &Row<'_>) -> Read<State> {
    word(row, 0)
}

/// The first five columns.
pub(super) fn seen(row: &Row<'_>) -> Read<Seen> {
    let (kind, owner) = (row.get(0)?, Owner(row.get(1)?));
    let (state, report, place) = (word(row, 2)?, row.get(3)?, row.get(4)?);
    Ok(state.map(|state| Seen {
        kind,
        owner,
        state,
        report,
        place,
    }))
}

/// The columns that a claim gives.
pub(super) fn claimed(row: &Row<'_>, holder: &str) -> Read<Claimed> {
    let id: String = row.get(5)?;
    let (epoch, attempts, cancel) = (row.get(6)?, row.get(7)?, row.get(8)?);
    let (created, order) = (row.get(9)?, row.get(10)?);
    let (checkpoint, result) = (row.get(11)?, row.get(12)?);
    let seen = seen(row)?;
    let id = Uuid::try_parse(&id).map_err(|_| StoreFault::Unreadable("an id"));
    Ok(seen.and_then(|seen| {
        let lease = Lease {
            id: id?,
            holder: holder.to_owned(),
            epoch,
        };
        Ok(Claimed {
            lease,
            seen,
            created,
            attempts,
            cancel,
            order,
            checkpoint,
            result,
        })
    }))
}

/// The columns of the census.
pub(super) fn count(row: &Row<'_>) -> Read<Count> {
    let (kind, state, count) = (row.get(0)?, word(row, 1)?, row.get(2)?);
    Ok(state.map(|state| Count { kind, state, count }))
}
