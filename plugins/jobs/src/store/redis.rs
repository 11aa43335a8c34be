//! Jobs in Redis: any replica takes, runs, tells and ends any of them.
//!
//! A hash for each job, and a sorted set of those that run or wait. All names share one hash tag, so
//! that a cluster keeps them together and a script may touch several.

mod read;
mod scripts;
mod tickets;

use std::collections::HashMap;
use std::fmt;

use async_trait::async_trait;
use portico_redis::{Batch, Redis, Script};
use redis::FromRedisValue;

use super::{
    Admitted, Again, Caps, Change, Claimant, Claimed, Count, Ending, Held, Lease, New, Seen, Store,
    StoreFault,
};
use crate::job::{JobId, Millis, Owner, State};
use scripts::Scripts;

/// What all names begin with.
const BASE: &str = "{portico:jobs}";

/// The jobs that replicas share.
pub(crate) struct RedisStore {
    redis: Redis,
    scripts: Scripts,
    tickets: tickets::Steps,
}

impl RedisStore {
    pub(crate) fn new(redis: Redis) -> Self {
        Self {
            redis,
            scripts: Scripts::default(),
            tickets: tickets::Steps::default(),
        }
    }

    async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        arguments: Vec<Vec<u8>>,
    ) -> Result<T, StoreFault> {
        let mut batch = Batch::new();
        batch.script(script, BASE, arguments);
        Ok(self.redis.insist(batch).await.take()?)
    }

    fn name(id: JobId) -> String {
        format!("{BASE}:job:{id}")
    }
}

fn number(number: Millis) -> Vec<u8> {
    number.to_string().into_bytes()
}

fn amount(number: usize) -> Vec<u8> {
    number.to_string().into_bytes()
}

fn text(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn name(id: JobId) -> Vec<u8> {
    id.to_string().into_bytes()
}

/// The fields that have a value, each behind its name.
fn fields<const N: usize>(all: [(&str, Option<Vec<u8>>); N]) -> Vec<Vec<u8>> {
    let there = all
        .into_iter()
        .filter_map(|(name, value)| Some((text(name), value?)));
    there.flat_map(|(name, value)| [name, value]).collect()
}

#[async_trait]
impl Store for RedisStore {
    async fn insert(&self, job: New, caps: Caps) -> Result<Admitted, StoreFault> {
        // Should nobody ever sweep, it goes by itself, some time after it is overdue.
        let life = (job.overdue - job.created).saturating_add(scripts::GRACE);
        let mut arguments = vec![
            name(job.id),
            job.owner.0.to_vec(),
            number(job.created),
            amount(caps.per_owner),
            amount(caps.all),
            number(life),
        ];
        arguments.extend(fields([
            ("kind", Some(text(job.kind))),
            ("owner", Some(job.owner.0.to_vec())),
            ("state", Some(text(State::Waiting.word()))),
            ("created", Some(number(job.created))),
            ("overdue", Some(number(job.overdue))),
            ("order", Some(job.order)),
            ("report", Some(job.report)),
        ]));
        match self.run(&self.scripts.insert, arguments).await? {
            0 => Ok(Admitted::Yes),
            1 => Ok(Admitted::OwnerIsFull),
            _ => Ok(Admitted::Full),
        }
    }

    async fn look(&self, id: JobId, now: Millis) -> Result<Option<Seen>, StoreFault> {
        let mut batch = Batch::new();
        let mut command = redis::cmd("HMGET");
        command.arg(Self::name(id)).arg(&read::SEEN);
        batch.command(command);
        let fields: Vec<Option<Vec<u8>>> = self.redis.insist(batch).await.take()?;
        read::seen(fields, now)
    }

    async fn result(&self, id: JobId) -> Result<Option<Vec<u8>>, StoreFault> {
        let mut batch = Batch::new();
        let mut command = redis::cmd("HGET");
        command.arg(Self::name(id)).arg("result");
        batch.command(command);
        Ok(self.redis.insist(batch).await.take()?)
    }

    async fn claim(
        &self,
        by: &Claimant,
        now: Millis,
        until: Millis,
    ) -> Result<Option<Claimed>, StoreFault> {
        let mut arguments = vec![
            number(now),
            number(until),
            text(&by.holder),
            text(&by.mark),
            amount(by.per_owner),
        ];
        arguments.extend(by.kinds.iter().map(|kind| text(kind)));
        let found: Option<(String, HashMap<String, Vec<u8>>)> =
            self.run(&self.scripts.claim, arguments).await?;
        let claimed = found.map(|(id, fields)| read::claimed(&id, fields, &by.holder));
        claimed.transpose()
    }

    async fn hold(&self, lease: &Lease, until: Millis, change: Change) -> Result<Held, StoreFault> {
        let mut arguments = vec![
            name(lease.id),
            text(&lease.holder),
            number(lease.epoch),
            number(until),
        ];
        let further = change.checkpoint.is_some().then(|| number(0));
        arguments.extend(fields([
            ("report", change.report),
            ("attempts", further),
            ("checkpoint", change.checkpoint),
            ("result", change.result),
            ("place", change.place.as_deref().map(text)),
        ]));
        match self.run(&self.scripts.hold, arguments).await? {
            -1 => Ok(Held::Lost),
            cancel => Ok(Held::Yes {
                cancel: cancel == 1,
            }),
        }
    }

    async fn end(&self, lease: &Lease, ending: Ending) -> Result<bool, StoreFault> {
        let arguments = vec![
            name(lease.id),
            text(&lease.holder),
            number(lease.epoch),
            text(ending.state.word()),
            ending.report,
            number(ending.expires),
            number(ending.kept),
        ];
        self.run(&self.scripts.end, arguments).await
    }

    async fn release(&self, holder: &str) -> Result<u64, StoreFault> {
        self.run(&self.scripts.release, vec![text(holder)]).await
    }

    async fn cancel(
        &self,
        id: JobId,
        owner: Owner,
        expires: Millis,
        kept: Millis,
    ) -> Result<Option<State>, StoreFault> {
        let arguments = vec![name(id), owner.0.to_vec(), number(expires), number(kept)];
        let word: String = self.run(&self.scripts.cancel, arguments).await?;
        Ok(State::read(&word))
    }

    async fn again(&self, id: JobId, owner: Owner, again: Again) -> Result<bool, StoreFault> {
        let life = (again.overdue - again.now).saturating_add(scripts::GRACE);
        let mut arguments = vec![
            name(id),
            owner.0.to_vec(),
            number(again.now),
            text(&again.only),
            number(life),
        ];
        arguments.extend(fields([
            ("state", Some(text(State::Waiting.word()))),
            ("created", Some(number(again.now))),
            ("overdue", Some(number(again.overdue))),
            ("attempts", Some(number(0))),
            ("cancel", Some(number(0))),
            ("only", Some(text(&again.only))),
            ("order", Some(again.order)),
            ("report", Some(again.report)),
        ]));
        self.run(&self.scripts.again, arguments).await
    }

    async fn forget(&self, id: JobId, owner: Owner) -> Result<bool, StoreFault> {
        let arguments = vec![name(id), owner.0.to_vec()];
        self.run(&self.scripts.forget, arguments).await
    }

    async fn sweep(&self, now: Millis, kept: Millis) -> Result<(), StoreFault> {
        let arguments = vec![number(now), number(now.saturating_add(kept)), number(kept)];
        self.run::<i64>(&self.scripts.sweep, arguments).await?;
        Ok(())
    }

    async fn census(&self) -> Result<Vec<Count>, StoreFault> {
        let found: Vec<(String, String)> = self.run(&self.scripts.census, Vec::new()).await?;
        let mut counted: HashMap<(String, String), i64> = HashMap::new();
        for each in found {
            *counted.entry(each).or_default() += 1;
        }
        let count = |((kind, state), count): ((String, String), i64)| {
            let state = State::read(&state).ok_or(StoreFault::Unreadable("a state"))?;
            Ok(Count { kind, state, count })
        };
        counted.into_iter().map(count).collect()
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RedisStore").field(&self.redis).finish()
    }
}
