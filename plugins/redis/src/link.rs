//! A connection that is there: one server, or all nodes of a cluster behind one handle.

use std::collections::HashMap;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::Slot;
use redis::{Arg, Cmd, Pipeline, RedisFuture, RedisResult, Value};
use tokio::time::{Instant, timeout_at};

use crate::fault::{Answer, Unavailable};

/// Shared by every call; clones are cheap.
#[derive(Clone)]
pub(crate) enum Link {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Link {
    /// Runs a pipeline as the library does, whatever the slots of its keys.
    pub(crate) async fn run(&self, commands: &Pipeline) -> RedisResult<Value> {
        match self {
            Self::One(connection) => commands.query_async(&mut connection.clone()).await,
            Self::Cluster(connection) => {
                commands
                    .query_async(&mut Scattered(connection.clone()))
                    .await
            }
        }
    }

    /// Answers in the order of the commands: one round trip, or one for each slot at the same
    /// time. What the server refused stands among the answers as [`Value::ServerError`].
    pub(crate) async fn each(&self, commands: Vec<Cmd>, end: Instant) -> Vec<Answer> {
        let count = commands.len();
        let parts = match self {
            Self::One(_) => vec![Part::whole(commands)],
            Self::Cluster(_) => by_slot(commands),
        };
        let asked = parts.into_iter().map(|part| part.ask(self.clone(), end));
        let mut answers = vec![Err(Unavailable::Slow); count];
        for (places, found) in join_all(asked).await {
            match found {
                Ok(values) => put(&mut answers, places, values.into_iter().map(Ok)),
                Err(fault) => put(&mut answers, places, std::iter::repeat(Err(fault))),
            }
        }
        answers
    }

    /// Whether another connection should be made after these answers. A cluster of which some nodes
    /// answer finds the others by itself.
    pub(crate) fn is_lost(&self, answers: &[Answer]) -> bool {
        let is_away = |answer: &Answer| answer.as_ref().is_err_and(Unavailable::is_away);
        match self {
            Self::One(_) => answers.iter().any(is_away),
            Self::Cluster(_) => answers.iter().all(is_away),
        }
    }

    async fn raw(&mut self, commands: &Pipeline) -> RedisResult<Vec<Value>> {
        let count = commands.len();
        match self {
            Self::One(connection) => connection.req_packed_commands(commands, 0, count).await,
            Self::Cluster(connection) => connection.req_packed_commands(commands, 0, count).await,
        }
    }
}

fn put<T>(all: &mut [T], places: Vec<usize>, some: impl Iterator<Item = T>) {
    for (place, one) in places.into_iter().zip(some) {
        if let Some(slot) = all.get_mut(place) {
            *slot = one;
        }
    }
}

/// Commands that travel together, and where their answers belong.
#[derive(Default)]
struct Part {
    places: Vec<usize>,
    commands: Pipeline,
}

impl Part {
    fn whole(commands: Vec<Cmd>) -> Self {
        let mut part = Self::default();
        for (place, command) in commands.into_iter().enumerate() {
            part.add(place, command);
        }
        part
    }

    fn add(&mut self, place: usize, command: Cmd) {
        self.places.push(place);
        self.commands.add_command(command);
    }

    async fn ask(
        self,
        mut link: Link,
        end: Instant,
    ) -> (Vec<usize>, Result<Vec<Value>, Unavailable>) {
        let found = match timeout_at(end, link.raw(&self.commands)).await {
            Ok(found) => found.map_err(|error| Unavailable::of(&error)),
            Err(_) => Err(Unavailable::Slow),
        };
        (self.places, found)
    }
}

/// Commands of one slot stay together, in their order; those without a key go to any node.
fn by_slot(commands: Vec<Cmd>) -> Vec<Part> {
    let mut parts: HashMap<Option<Slot>, Part> = HashMap::new();
    for (place, command) in commands.into_iter().enumerate() {
        let slot = key(&command).map(Slot::for_key);
        parts.entry(slot).or_default().add(place, command);
    }
    parts.into_values().collect()
}

/// The first key of a command, which decides where it goes.
fn key(command: &Cmd) -> Option<&[u8]> {
    let mut arguments = command.args_iter().map(|argument| match argument {
        Arg::Simple(bytes) => bytes,
        _ => b"",
    });
    let place = match arguments.next()? {
        b"EVAL" | b"EVALSHA" => 2,
        b"PUBLISH" | b"PING" | b"SCRIPT" => return None,
        _ => 0,
    };
    arguments.nth(place)
}

/// A cluster that takes pipelines over several slots. Transactions go to one node, as they are.
struct Scattered(ClusterConnection);

impl ConnectionLike for Scattered {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        self.0.req_packed_command(command)
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        commands: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        if commands.is_transaction() {
            return self.0.req_packed_commands(commands, offset, count);
        }
        scatter(self.0.clone(), commands).boxed()
    }

    fn get_db(&self) -> i64 {
        self.0.get_db()
    }
}

async fn scatter(cluster: ClusterConnection, commands: &Pipeline) -> RedisResult<Vec<Value>> {
    let parts = by_slot(commands.cmd_iter().cloned().collect());
    let asked = parts.into_iter().map(|part| {
        let mut link = Link::Cluster(cluster.clone());
        async move { (link.raw(&part.commands).await, part.places) }
    });
    let mut values = vec![Value::Nil; commands.len()];
    for (found, places) in join_all(asked).await {
        put(&mut values, places, found?.into_iter());
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use redis::cmd;

    use super::*;

    #[test]
    fn commands_of_one_slot_stay_together_in_their_order() {
        let commands = vec![
            cmd("GET").arg("{a}1").to_owned(),
            cmd("GET").arg("b").to_owned(),
            cmd("EVALSHA").arg("hash").arg(1).arg("{a}2").to_owned(),
            cmd("PUBLISH").arg("b").arg("words").to_owned(),
            cmd("SET").arg("{a}3").arg("value").to_owned(),
        ];
        let mut places: Vec<_> = by_slot(commands)
            .into_iter()
            .map(|part| part.places)
            .collect();
        places.sort();
        assert_eq!(places, [vec![0, 2, 4], vec![1], vec![3]]);
    }
}
