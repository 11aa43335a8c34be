//! Commands that travel together and fail one by one.

use std::time::Duration;

use redis::{Cmd, FromRedisValue, ToRedisArgs, cmd};
use sha1::{Digest as _, Sha1};

use crate::fault::{Answer, Unavailable};

/// A script in Lua, for one key.
#[derive(Debug, Clone)]
pub struct Script {
    code: &'static str,
    hash: String,
}

impl Script {
    /// Known to Redis by the hash of its code.
    #[must_use]
    pub fn new(code: &'static str) -> Self {
        let hash = const_hex::encode(Sha1::digest(code));
        Self { code, hash }
    }
}

/// Commands for [`Redis::send`](crate::Redis::send). In a cluster they may lie in any slots; those
/// of one slot (one hash tag) keep their order.
#[derive(Debug, Default)]
pub struct Batch(Vec<Part>);

#[derive(Debug)]
struct Part {
    command: Cmd,
    /// The same with the script's code in place of its hash.
    in_full: Option<Cmd>,
}

impl Batch {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many commands.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads a key. Answer: `Option<Vec<u8>>` or the like.
    pub fn get(&mut self, key: impl AsRef<[u8]>) -> &mut Self {
        self.command(cmd("GET").arg(key.as_ref()).to_owned())
    }

    /// Writes a key for a time, in whole milliseconds and at least one. Answer: nothing of worth.
    pub fn set(&mut self, key: impl AsRef<[u8]>, value: &[u8], life: Duration) -> &mut Self {
        self.command(set(key.as_ref(), value, life))
    }

    /// Writes a key for a time unless there is one. Answer: `bool`, whether it was written.
    pub fn set_new(&mut self, key: impl AsRef<[u8]>, value: &[u8], life: Duration) -> &mut Self {
        let mut command = set(key.as_ref(), value, life);
        command.arg("NX");
        self.command(command)
    }

    /// Runs a script for a key. Answer: what it returns.
    pub fn script(
        &mut self,
        script: &Script,
        key: impl AsRef<[u8]>,
        arguments: impl ToRedisArgs,
    ) -> &mut Self {
        let command = |name, script| cmd(name).arg(script).arg(1).arg(key.as_ref()).to_owned();
        let mut by_hash = command("EVALSHA", script.hash.as_str());
        let mut in_full = command("EVAL", script.code);
        by_hash.arg(&arguments);
        in_full.arg(&arguments);
        self.0.push(Part {
            command: by_hash,
            in_full: Some(in_full),
        });
        self
    }

    /// Tells everyone who listens to a channel. Answer: nothing of worth.
    pub fn publish(&mut self, channel: &str, payload: &[u8]) -> &mut Self {
        self.command(cmd("PUBLISH").arg(channel).arg(payload).to_owned())
    }

    /// Any command whose first argument is its key, and whose keys all lie in one slot.
    pub fn command(&mut self, command: Cmd) -> &mut Self {
        self.0.push(Part {
            command,
            in_full: None,
        });
        self
    }

    /// The commands; taken out, but for scripts in full.
    pub(crate) fn commands(&mut self) -> Vec<Cmd> {
        let parts = self.0.iter_mut();
        parts
            .map(|part| std::mem::take(&mut part.command))
            .collect()
    }

    /// The script at a place, with its code.
    pub(crate) fn in_full(&mut self, place: usize) -> Cmd {
        let part = self.0.get_mut(place);
        part.and_then(|part| part.in_full.take())
            .unwrap_or_default()
    }
}

fn set(key: &[u8], value: &[u8], life: Duration) -> Cmd {
    let life = u64::try_from(life.as_millis()).unwrap_or(u64::MAX);
    let mut command = cmd("SET");
    command.arg(key).arg(value).arg("PX").arg(life.max(1));
    command
}

/// What became of a [`Batch`], in its order.
#[derive(Debug)]
pub struct Answers(std::vec::IntoIter<Answer>);

impl Answers {
    pub(crate) fn new(answers: Vec<Answer>) -> Self {
        Self(answers.into_iter())
    }

    /// The answer of the next command.
    ///
    /// # Errors
    /// What became of it instead; [`Unavailable::Refused`] too for an answer of another type.
    pub fn take<T: FromRedisValue>(&mut self) -> Result<T, Unavailable> {
        let answer = self.0.next();
        let value = answer.unwrap_or(Err(Unavailable::Refused("it was not asked that much")))?;
        T::from_redis_value(value).map_err(|_| Unavailable::TYPE)
    }
}
