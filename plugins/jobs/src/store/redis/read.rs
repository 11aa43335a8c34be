//! Hashes of Redis, read.

use std::collections::HashMap;

use uuid::Uuid;

use crate::job::{Millis, Owner, State};
use crate::store::{Claimed, Lease, Seen, StoreFault};

/// The fields that [`seen`] reads, in their order.
pub(super) const SEEN: [&str; 6] = ["kind", "owner", "state", "report", "place", "expires"];

/// A job from its fields; `None`: there is none, or its time is over.
pub(super) fn seen(fields: Vec<Option<Vec<u8>>>, now: Millis) -> Result<Option<Seen>, StoreFault> {
    let fields: HashMap<_, _> = SEEN
        .iter()
        .zip(fields)
        .filter_map(|(name, value)| Some(((*name).to_owned(), value?)))
        .collect();
    let mut fields = Fields(fields);
    if fields.0.is_empty() || fields.number("expires").is_some_and(|end| end <= now) {
        return Ok(None);
    }
    fields.seen().map(Some)
}

/// A job from all of its fields, for whoever has taken it.
pub(super) fn claimed(
    id: &str,
    fields: HashMap<String, Vec<u8>>,
    holder: &str,
) -> Result<Claimed, StoreFault> {
    let mut fields = Fields(fields);
    let id = Uuid::try_parse(id).map_err(|_| StoreFault::Unreadable("an id"))?;
    let lease = Lease {
        id,
        holder: holder.to_owned(),
        epoch: fields.number("epoch").unwrap_or_default(),
    };
    Ok(Claimed {
        lease,
        seen: fields.seen()?,
        created: fields.number("created").unwrap_or_default(),
        attempts: fields.number("attempts").unwrap_or_default(),
        cancel: fields.number("cancel") == Some(1),
        order: fields.0.remove("order"),
        checkpoint: fields.0.remove("checkpoint"),
        result: fields.0.remove("result"),
    })
}

struct Fields(HashMap<String, Vec<u8>>);

impl Fields {
    fn seen(&mut self) -> Result<Seen, StoreFault> {
        let owner = self
            .0
            .remove("owner")
            .and_then(|owner| owner.try_into().ok());
        let state = self.text("state").as_deref().and_then(State::read);
        Ok(Seen {
            kind: self.text("kind").ok_or(StoreFault::Unreadable("a kind"))?,
            owner: Owner(owner.ok_or(StoreFault::Unreadable("an owner"))?),
            state: state.ok_or(StoreFault::Unreadable("a state"))?,
            report: self.0.remove("report"),
            place: self.text("place"),
        })
    }

    fn text(&self, name: &str) -> Option<String> {
        String::from_utf8(self.0.get(name)?.clone()).ok()
    }

    fn number(&self, name: &str) -> Option<Millis> {
        self.text(name)?.parse().ok()
    }
}
