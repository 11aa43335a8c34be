//! Generations and answers that replicas share, in Redis. It may be slow, away, full or hold garbage at
//! any moment: then nothing is told, and the reader asks the store.

mod debts;
mod ear;
mod generation;
mod lease;
mod names;

use std::sync::Arc;
use std::time::Duration;

use portico_redis::{Batch, Redis, Unavailable};
use portico_sdk::cache::{Change, Question};
use portico_sdk::seal::Seal;
use prometheus::IntCounter;
use redis::cmd;

use crate::entry::Entry;
use crate::near::Near;
use crate::settings::{Settings, millis};
use crate::stamp::Seen;
pub(crate) use debts::Debts;
pub(crate) use ear::Ear;
pub(crate) use lease::Lease;
pub(crate) use names::{Bump, Names};

use generation::{Generation, Scripts};

/// How much longer than any answer generations live at least: what is quiet must stay so.
const MARGIN: Duration = Duration::from_hours(1);

/// The Redis tier.
pub(crate) struct Far {
    redis: Redis,
    seal: Arc<dyn Seal>,
    prefix: String,
    scripts: Scripts,
    /// How long generations live: when one is gone, the next reader begins another.
    life: Duration,
    /// How long this process gives nothing after it has forgotten what it owes.
    longest: Duration,
    /// What could not be told yet.
    pub(crate) debts: Debts,
    /// Where changes of the others are heard of, when they need not be asked for each time.
    pub(crate) ear: Option<Ear>,
    near: Arc<Near>,
    errors: IntCounter,
}

/// What Redis says of a question.
pub(crate) struct Told {
    pub(crate) seen: Seen,
    /// The answer, sealed.
    pub(crate) value: Option<Vec<u8>>,
}

impl Far {
    pub(crate) fn new(
        redis: Redis,
        seal: Arc<dyn Seal>,
        settings: &Settings,
        near: Arc<Near>,
        errors: IntCounter,
    ) -> Self {
        let longest = settings.longest();
        Self {
            redis,
            seal,
            prefix: settings.key_prefix.clone(),
            scripts: Scripts::default(),
            life: longest + MARGIN,
            longest,
            debts: Debts::default(),
            ear: settings.is_bounded().then(Ear::default),
            near,
            errors,
        }
    }

    /// The names of everything that a question is about.
    pub(crate) fn names(&self, question: &Question) -> Names {
        Names::of(question, &self.prefix, &*self.seal)
    }

    /// What a change begins anew; `quiet` as [`names::bumps`] takes it.
    pub(crate) fn bumps(
        &self,
        change: &Change,
        quiet: impl Fn(&portico_sdk::cache::Tag<'_>) -> u64,
    ) -> Vec<Bump> {
        names::bumps(change, &self.prefix, &*self.seal, quiet)
    }

    /// The generations of this moment, and the answer if it is wanted. Generations that are gone are
    /// made anew.
    pub(crate) async fn read(
        &self,
        names: &Names,
        now: u64,
        value: bool,
    ) -> Result<Told, Unavailable> {
        let told = self.try_read(names, now, value).await;
        self.count(told)
    }

    async fn try_read(&self, names: &Names, now: u64, value: bool) -> Result<Told, Unavailable> {
        let mut batch = Batch::new();
        let mut home = cmd("MGET");
        for (_, name) in &names.home {
            home.arg(&name.generation);
        }
        batch.command(home).get(&names.identity.1.generation);
        if value {
            batch.get(&names.value);
        }
        let mut answers = self.redis.send(batch).await;
        let mut found: Vec<Option<Vec<u8>>> = answers.take()?;
        found.push(foreign(answers.take())?);
        let value = if value {
            foreign(answers.take())?
        } else {
            None
        };
        let seen = self.seen(names, &found, now).await?;
        Ok(Told { seen, value })
    }

    /// What some records say; those that are none are replaced.
    async fn seen(
        &self,
        names: &Names,
        found: &[Option<Vec<u8>>],
        now: u64,
    ) -> Result<Seen, Unavailable> {
        let mut seen = Seen::default();
        let mut missing = Vec::new();
        for ((place, name), record) in names.all().zip(found) {
            match record.as_deref().and_then(Generation::read) {
                Some(one) => seen.note(place, one.id, one.quiet > now),
                None => missing.push((place, name)),
            }
        }
        if missing.is_empty() {
            return Ok(seen);
        }
        let mut batch = Batch::new();
        for (_, name) in &missing {
            let fresh = Generation::random(0);
            let arguments = (&fresh.written()[..], millis(self.life));
            batch.script(&self.scripts.ensure, &name.generation, arguments);
        }
        let mut answers = self.redis.send(batch).await;
        for (place, _) in missing {
            let record: Vec<u8> = answers.take()?;
            let nonsense = Unavailable::Refused("a generation cannot be made");
            let one = Generation::read(&record).ok_or(nonsense)?;
            seen.note(place, one.id, one.quiet > now);
        }
        Ok(seen)
    }

    /// The answer alone, sealed.
    pub(crate) async fn value(&self, names: &Names) -> Option<Vec<u8>> {
        let mut batch = Batch::new();
        batch.get(&names.value);
        let answer = foreign(self.redis.send(batch).await.take());
        self.count(answer).ok().flatten()
    }

    /// Opens an answer that was kept for this very question.
    pub(crate) fn open(&self, value: &[u8], question: &Question) -> Option<Entry> {
        Entry::open(value, &question.key, &*self.seal)
    }

    /// Keeps an answer for so many milliseconds, and gives a lease back.
    pub(crate) async fn put(
        &self,
        names: &Names,
        question: &Question,
        kept: Option<(&Entry, u64)>,
        lease: Option<Lease>,
    ) {
        let mut batch = Batch::new();
        let sealed = kept.and_then(|(entry, life)| {
            let sealed = entry.close(&question.key, &*self.seal)?;
            Some((sealed, Duration::from_millis(life)))
        });
        if let Some((sealed, life)) = sealed {
            batch.set(&names.value, &sealed, life);
        }
        if let Some(lease) = lease {
            batch.command(cmd("DEL").arg(lease.name).clone());
        }
        let (count, mut answers) = (batch.len(), self.redis.send(batch).await);
        for _ in 0..count {
            // What is not kept is fetched again.
            let _ = self.count(answers.take::<redis::Value>());
        }
    }

    /// Gives back what could not be told.
    ///
    /// A pause after a fault does not count here: the other replicas, for whom Redis may answer, would
    /// go on giving what is old.
    async fn bump(&self, bumps: &[Bump]) -> Vec<Bump> {
        let mut batch = Batch::new();
        for bump in bumps {
            let fresh = Generation::random(bump.quiet).written();
            let (id, quiet) = fresh.split_at(16);
            let arguments = (id, quiet, millis(self.life));
            batch.script(&self.scripts.bump, &bump.name.generation, arguments);
        }
        let mut answers = self.redis.insist(batch).await;
        let answers = bumps
            .iter()
            .map(|bump| (bump, answers.take::<redis::Value>()));
        let answers: Vec<_> = answers
            .map(|(bump, answer)| (bump, self.count(answer)))
            .collect();
        let is_full = |answer: &Result<_, _>| matches!(answer, Err(Unavailable::Unwritable(_)));
        let full = answers.iter().filter(|(_, answer)| is_full(answer));
        let full: Vec<_> = full.map(|(bump, _)| *bump).collect();
        let failed = answers
            .iter()
            .filter(|(_, answer)| answer.is_err() && !is_full(answer));
        let mut owed: Vec<_> = failed.map(|(bump, _)| (*bump).clone()).collect();
        owed.extend(self.erase(&full).await);
        let told: Vec<_> = bumps.iter().filter(|bump| !owed.contains(bump)).collect();
        self.announce(&told).await;
        owed
    }

    /// A Redis that is full takes no new generation and lets go of the old one: the next reader finds
    /// none. How long it has to be quiet is lost with it. Gives back what could not be told.
    async fn erase(&self, bumps: &[&Bump]) -> Vec<Bump> {
        let mut batch = Batch::new();
        for bump in bumps {
            batch.command(cmd("DEL").arg(&bump.name.generation).clone());
        }
        let mut answers = self.redis.insist(batch).await;
        let mut is_told = |_: &&&Bump| self.count(answers.take::<redis::Value>()).is_ok();
        let owed = bumps.iter().filter(|bump| !is_told(bump));
        owed.map(|bump| (*bump).clone()).collect()
    }

    /// Tells those who listen, once it is true.
    async fn announce(&self, told: &[&Bump]) {
        for bump in told {
            // What was read in between is of before.
            self.near.bump_at(bump.name.slot, None);
        }
        if self.ear.is_none() || told.is_empty() {
            return;
        }
        let words = ear::message(told);
        // Who misses it learns that it has missed something, or asks after the bound.
        let _ = self.count(self.redis.publish(&self.channel(), &words).await);
    }

    fn channel(&self) -> String {
        format!("{}:changes", self.prefix)
    }

    /// Begins new generations everywhere; what cannot be told now is owed. So it is when the caller
    /// does not wait for the end.
    pub(crate) async fn tell(&self, bumps: Vec<Bump>, now: u64) {
        let mut telling = Telling {
            far: self,
            bumps,
            now,
        };
        telling.bumps = self.bump(&telling.bumps).await;
    }

    /// Whether everything has been told that this process knows; tries to tell it otherwise.
    pub(crate) async fn is_square(&self, now: u64) -> bool {
        self.debts.is_none(now) || self.settle(now).await
    }

    /// Tells what is owed; whether that is all.
    pub(crate) async fn settle(&self, now: u64) -> bool {
        if let Some(mut owed) = self.debts.collect() {
            owed.bumps = self.bump(&owed.bumps).await;
        }
        self.debts.is_none(now)
    }

    /// Notes what has to be told before anything else is given.
    pub(crate) fn owe(&self, bumps: Vec<Bump>, now: u64) {
        if bumps.is_empty() {
            return;
        }
        let until = now.saturating_add(millis(self.longest));
        let coarse = |home: &str| names::coarse(home, &self.prefix, &*self.seal);
        self.debts.add(bumps, until, coarse);
    }

    fn count<T>(&self, answer: Result<T, Unavailable>) -> Result<T, Unavailable> {
        if answer.is_err() {
            self.errors.inc();
        }
        answer
    }
}

/// Changes that are owed if they are not told.
struct Telling<'a> {
    far: &'a Far,
    bumps: Vec<Bump>,
    now: u64,
}

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        self.far.owe(std::mem::take(&mut self.bumps), self.now);
    }
}

/// A key with foreign contents is as good as none.
fn foreign(answer: Result<Option<Vec<u8>>, Unavailable>) -> Result<Option<Vec<u8>>, Unavailable> {
    match answer {
        Err(Unavailable::Refused(_)) => Ok(None),
        other => other,
    }
}
