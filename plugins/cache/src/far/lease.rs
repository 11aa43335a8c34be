//! One replica fetches for all: a short lease, and a short patience with whoever has it.

use std::time::Duration;

use portico_redis::Batch;
use tokio::time::{Instant, sleep};

use super::{Far, Names, foreign};
use crate::stamp::Stamp;

/// How long the others believe that somebody fetches, at most.
const LEASE: Duration = Duration::from_secs(2);

/// How long they wait for it.
const PATIENCE: Duration = Duration::from_secs(1);

/// The pauses between two looks: the first and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(50));

/// The right to fetch, or the name of somebody else's.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(super) name: String,
    /// Whether it is ours.
    pub(crate) own: bool,
}

impl Far {
    /// Asks for the lease of a fetch; `None` when Redis cannot tell.
    pub(crate) async fn lease(&self, names: &Names, stamp: &Stamp) -> Option<Lease> {
        let name = names.lease(stamp, &*self.seal);
        let mut batch = Batch::new();
        batch.set_new(&name, b"", LEASE);
        let own = self
            .count(self.redis.send(batch).await.take::<bool>())
            .ok()?;
        Some(Lease { name, own })
    }

    /// The sealed answer that somebody else fetches, if it comes in time and `is_it`.
    pub(crate) async fn awaited<T>(
        &self,
        names: &Names,
        lease: &Lease,
        is_it: impl Fn(Vec<u8>) -> Option<T>,
    ) -> Option<T> {
        let (end, (mut pause, longest)) = (Instant::now() + PATIENCE, PAUSES);
        loop {
            sleep(pause).await;
            let mut batch = Batch::new();
            batch.get(&names.value).get(&lease.name);
            let mut answers = self.redis.send(batch).await;
            let value = self.count(foreign(answers.take())).ok()?;
            if let Some(found) = value.and_then(&is_it) {
                return Some(found);
            }
            let held = self.count(foreign(answers.take())).ok()?;
            if held.is_none() || Instant::now() >= end {
                return None;
            }
            pause = (pause * 2).min(longest);
        }
    }
}
