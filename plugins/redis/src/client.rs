//! One Redis, as its user sees it: every call ends in time, and a fault costs the next ones nothing.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use portico_sdk::shared::SharedRedis;
use redis::{Cmd, FromRedisValue, Pipeline, ServerErrorKind, Value};
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument as _, Span};

use crate::batch::{Answers, Batch};
use crate::breaker::Breaker;
use crate::fault::{Answer, Unavailable, sift};
use crate::line::Line;
use crate::place::{CONNECT, Place};
use crate::subscription::Subscription;

/// Redis, for one plugin. Made anywhere; connected on the runtime of whoever asks first.
pub struct Redis {
    place: Arc<Place>,
    line: Line,
    timeout: Duration,
    breaker: Breaker,
}

impl Redis {
    /// The Redis of the settings, with their timeout. Nothing is connected yet.
    ///
    /// # Errors
    /// An address is none that the client understands; the words do not repeat it.
    pub fn new(shared: &SharedRedis) -> Result<Self, Unavailable> {
        Self::with_timeout(shared, shared.timeout)
    }

    /// The same with a timeout of its own for every call, and a breaker of its own.
    ///
    /// # Errors
    /// As [`Redis::new`].
    pub fn with_timeout(shared: &SharedRedis, timeout: Duration) -> Result<Self, Unavailable> {
        let place = Arc::new(Place::of(shared)?);
        Ok(Self {
            line: Line::new(Arc::clone(&place)),
            place,
            timeout,
            breaker: Breaker::default(),
        })
    }

    /// Connects now rather than with the first command, which need not wait for it then.
    ///
    /// # Errors
    /// It cannot be reached at this moment. Nothing follows from that.
    pub async fn connect(&self) -> Result<(), Unavailable> {
        self.line.link(Instant::now() + CONNECT).await.map(|_| ())
    }

    /// Runs commands in one round trip; in a cluster, in one for each slot at the same time.
    ///
    /// Whether they were carried out is unknown after an error, but for those that were refused.
    ///
    /// # Errors
    /// Redis is away, slow, or refused a command.
    pub async fn run<T: FromRedisValue>(&self, commands: &Pipeline) -> Result<T, Unavailable> {
        let end = self.begin()?;
        let span = asking(commands.cmd_iter().count());
        let answer = self.pipeline(commands, end).instrument(span).await;
        self.note(answer.as_ref().err().copied());
        T::from_redis_value(answer?).map_err(|_| Unavailable::TYPE)
    }

    /// Runs every command of a batch by itself, in as many round trips as [`Redis::run`] (scripts
    /// that Redis has forgotten cost a second one). Each has an answer or a fault of its own.
    ///
    /// A cluster of which one node is away is not asked for a while either, as a whole.
    pub async fn send(&self, batch: Batch) -> Answers {
        match self.begin() {
            Ok(end) => self.send_until(batch, end).await,
            Err(fault) => Answers::new(vec![Err(fault); batch.len()]),
        }
    }

    /// As [`Redis::send`], though it failed a moment ago: for what others go wrong without, at the
    /// price of the timeout.
    pub async fn insist(&self, batch: Batch) -> Answers {
        self.send_until(batch, Instant::now() + self.timeout).await
    }

    async fn send_until(&self, batch: Batch, end: Instant) -> Answers {
        if batch.is_empty() {
            return Answers::new(Vec::new());
        }
        let span = asking(batch.len());
        let answers = self.all(batch, end).instrument(span).await;
        let faults = answers.iter().filter_map(|answer| answer.as_ref().err());
        self.note(faults.copied().find(Unavailable::is_away));
        Answers::new(answers)
    }

    /// Tells everyone who listens to a channel, if anybody does.
    ///
    /// # Errors
    /// Redis is away, slow, or refused.
    pub async fn publish(&self, channel: &str, payload: &[u8]) -> Result<(), Unavailable> {
        let mut batch = Batch::new();
        batch.publish(channel, payload);
        self.send(batch).await.take::<Value>().map(|_| ())
    }

    /// Listens to a channel over a connection of its own, which comes back by itself; the breaker
    /// has no say in it. Ends with the subscription.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    #[must_use]
    pub fn subscribe(&self, channel: &str) -> Subscription {
        Subscription::begin(Arc::clone(&self.place), channel.to_owned())
    }

    fn begin(&self) -> Result<Instant, Unavailable> {
        let now = Instant::now();
        if self.breaker.allows(now.into_std()) {
            return Ok(now + self.timeout);
        }
        Err(Unavailable::Paused)
    }

    async fn pipeline(&self, commands: &Pipeline, end: Instant) -> Answer {
        let (number, link) = self.line.link(end).await?;
        let answer = match timeout_at(end, link.run(commands)).await {
            Ok(answer) => answer.map_err(|error| Unavailable::of(&error)),
            Err(_) => Err(Unavailable::Slow),
        };
        if answer.as_ref().is_err_and(Unavailable::is_away) {
            self.line.forget(number);
        }
        answer
    }

    async fn all(&self, mut batch: Batch, end: Instant) -> Vec<Answer> {
        let (number, link) = match self.line.link(end).await {
            Ok(found) => found,
            Err(fault) => return vec![Err(fault); batch.len()],
        };
        let mut answers = link.each(batch.commands(), end).await;
        let unknown: Vec<_> = (0..answers.len())
            .filter(|place| is_unknown_script(&answers[*place]))
            .collect();
        if !unknown.is_empty() {
            let in_full: Vec<Cmd> = unknown.iter().map(|place| batch.in_full(*place)).collect();
            let again = link.each(in_full, end).await;
            for (place, answer) in unknown.into_iter().zip(again) {
                answers[place] = answer;
            }
        }
        let answers: Vec<_> = answers.into_iter().map(sift).collect();
        if link.is_lost(&answers) {
            self.line.forget(number);
        }
        answers
    }

    /// One line when it goes and one when it is back.
    fn note(&self, fault: Option<Unavailable>) {
        let Some(fault) = fault.filter(Unavailable::is_away) else {
            if self.breaker.succeeded() {
                tracing::info!("Redis answers again");
            }
            return;
        };
        if self.breaker.failed(std::time::Instant::now()) {
            tracing::warn!(error = %fault, "Redis is not used for the moment");
        }
    }
}

/// The span of some commands. Neither keys nor values are in it.
fn asking(commands: usize) -> Span {
    // Traces know signed numbers alone.
    let commands = i64::try_from(commands).unwrap_or(i64::MAX);
    tracing::debug_span!(
        "redis",
        otel.kind = "client",
        db.system.name = "redis",
        db.operation.batch.size = commands,
    )
}

fn is_unknown_script(answer: &Answer) -> bool {
    let Ok(Value::ServerError(error)) = answer else {
        return false;
    };
    error.kind() == Some(ServerErrorKind::NoScript)
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis")
            .field("breaker", &self.breaker)
            .finish_non_exhaustive()
    }
}
