//! Tickets in SQLite: a table of their own.

use async_trait::async_trait;
use rusqlite::{OptionalExtension as _, params};

use super::SqliteStore;
use crate::job::{Millis, Owner};
use crate::store::tickets::{Held, Ticket, Tickets};
use crate::store::{Admitted, Caps, StoreFault};

pub(super) const TABLE: &str = "
CREATE TABLE IF NOT EXISTS tickets (
    name BLOB PRIMARY KEY,
    owner BLOB NOT NULL,
    expires INTEGER NOT NULL,
    held BLOB NOT NULL
) STRICT, WITHOUT ROWID;
";

const COUNT: &str = "SELECT count(*), count(*) FILTER (WHERE owner = ?1) FROM tickets";

/// SQLite counts in these.
fn most(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[async_trait]
impl Tickets for SqliteStore {
    async fn leave(&self, ticket: Ticket, caps: Caps) -> Result<Admitted, StoreFault> {
        self.step(move |on| {
            on.execute("DELETE FROM tickets WHERE expires <= ?1", [ticket.now])?;
            let count = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            let (all, own): (i64, i64) = on.query_row(COUNT, [ticket.owner.0], count)?;
            if own >= most(caps.per_owner) {
                return Ok(Admitted::OwnerIsFull);
            }
            if all >= most(caps.all) {
                return Ok(Admitted::Full);
            }
            on.execute(
                "INSERT INTO tickets (name, owner, expires, held) VALUES (?1, ?2, ?3, ?4)",
                params![ticket.name, ticket.owner.0, ticket.expires, ticket.held],
            )?;
            Ok(Admitted::Yes)
        })
        .await
    }

    async fn left(&self, name: [u8; 32], now: Millis) -> Result<Option<Held>, StoreFault> {
        self.step(move |on| {
            let asked = "SELECT owner, held FROM tickets WHERE name = ?1 AND expires > ?2";
            let found = on.query_row(asked, params![name, now], |row| {
                Ok((Owner(row.get(0)?), row.get(1)?))
            });
            Ok(found.optional()?)
        })
        .await
    }

    async fn take(&self, name: [u8; 32], now: Millis) -> Result<bool, StoreFault> {
        self.step(move |on| {
            let gone = "DELETE FROM tickets WHERE name = ?1 AND expires > ?2";
            Ok(on.execute(gone, params![name, now])? > 0)
        })
        .await
    }
}
