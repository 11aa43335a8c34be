//! Tickets: an order that lies ready, with the credential of who left it, for whoever brings the words
//! that were given for it.

use std::time::Duration;

use portico_sdk::{Error, Principal};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{Engine, full, millis, unkept};
use crate::job::Owner;
use crate::store::{Admitted, Ticket};
use crate::vault::Opened;

impl Engine {
    /// Whose jobs the caller's are.
    #[must_use]
    pub fn owner(&self, caller: &Principal) -> Owner {
        self.vault().owner(caller)
    }

    /// Leaves an order, and gives the words that open it: as good as a password, and for no log.
    ///
    /// # Errors
    /// As [`Engine::submit`].
    pub async fn leave<T: Serialize>(
        &self,
        caller: &Principal,
        order: &T,
        lifetime: Duration,
    ) -> Result<String, Error> {
        let words: [u8; 32] = rand::random();
        let words = const_hex::encode(words);
        let name = self.ticket(&words);
        let owner = self.owner(caller);
        let now = self.now();
        let ticket = Ticket {
            name,
            owner,
            now,
            expires: now.saturating_add(millis(lifetime)),
            held: self.vault().close_order((id(name), owner), caller, order)?,
        };
        let caps = self.terms().caps;
        match self.store().leave(ticket, caps).await.map_err(unkept)? {
            Admitted::Yes => Ok(words),
            Admitted::OwnerIsFull => Err(full("You have")),
            Admitted::Full => Err(full("There are")),
        }
    }

    /// Who left an order, and what it is; it stays. `None`: there is none behind these words.
    ///
    /// # Errors
    /// [`Reason::StoreBusy`](portico_sdk::Reason::StoreBusy); the user is gone.
    pub async fn left<T: DeserializeOwned>(
        &self,
        words: &str,
    ) -> Result<Option<(Principal, T)>, Error> {
        let name = self.ticket(words);
        let found = self.store().left(name, self.now()).await.map_err(unkept)?;
        let Some((owner, held)) = found else {
            return Ok(None);
        };
        let Opened { caller, order, .. } = self.vault().open_order((id(name), owner), &held)?;
        Ok(serde_json::from_value(order)
            .ok()
            .map(|order| (caller, order)))
    }

    /// Takes an order away; `false`: it is gone.
    ///
    /// # Errors
    /// [`Reason::StoreBusy`](portico_sdk::Reason::StoreBusy).
    pub async fn take(&self, words: &str) -> Result<bool, Error> {
        let taken = self.store().take(self.ticket(words), self.now());
        taken.await.map_err(unkept)
    }

    /// The name under which an order lies.
    fn ticket(&self, words: &str) -> [u8; 32] {
        self.vault().seal.tag(&[b"ticket", words.as_bytes()])
    }
}

/// What a ticket's order is sealed for.
fn id(name: [u8; 32]) -> Uuid {
    let (first, _) = name.split_first_chunk().unwrap_or((&[0; 16], &[]));
    Uuid::from_bytes(*first)
}
