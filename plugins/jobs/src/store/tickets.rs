//! What lies ready for whoever brings the right words, once.

use std::fmt;

use async_trait::async_trait;

use super::{Admitted, Caps, StoreFault};
use crate::job::{Millis, Owner};

/// A ticket to be kept.
pub struct Ticket {
    /// A keyed hash of the words that open it: nobody finds those by trying which names are there,
    /// however long each try takes.
    pub name: [u8; 32],
    /// Whose it is.
    pub owner: Owner,
    /// The present time.
    pub now: Millis,
    /// When it is good for nothing any more.
    pub expires: Millis,
    /// What lies ready, sealed.
    pub held: Vec<u8>,
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket(..)")
    }
}

/// What lies behind a ticket: whose it is, and what.
pub(super) type Held = (Owner, Vec<u8>);

/// A place where tickets lie. Every step is one, whoever else asks at the same time.
#[async_trait]
pub trait Tickets {
    /// Keeps a ticket, unless there are too many.
    async fn leave(&self, ticket: Ticket, caps: Caps) -> Result<Admitted, StoreFault>;

    /// What lies behind a name, and stays there.
    async fn left(
        &self,
        name: [u8; 32],
        now: Millis,
    ) -> Result<Option<(Owner, Vec<u8>)>, StoreFault>;

    /// Takes a ticket away; `false`: somebody else has, or it is too old.
    async fn take(&self, name: [u8; 32], now: Millis) -> Result<bool, StoreFault>;
}
