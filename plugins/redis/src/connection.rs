//! One multiplexed connection that comes back by itself.

use std::fmt;
use std::time::{Duration, Instant};

use portico_sdk::shared::SharedRedis;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, FromRedisValue, Pipeline, RedisError};
use secrecy::ExposeSecret as _;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use crate::breaker::Breaker;

/// Redis, for one plugin. Made anywhere; connected on the runtime of whoever asks first.
pub struct Redis {
    client: Client,
    manager: OnceCell<ConnectionManager>,
    timeout: Duration,
    breaker: Breaker,
}

/// Redis did not answer, or not in time. Never the caller's fault.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    /// It failed a moment ago, and is not asked again yet.
    #[error("Redis failed a moment ago")]
    Paused,
    /// It did not answer in time.
    #[error("Redis did not answer in time")]
    Slow,
    /// It cannot be reached, or answered with an error. What it said is not repeated, because it
    /// may quote a command.
    #[error("Redis failed: {0}")]
    Failed(&'static str),
}

impl Redis {
    /// A Redis at this address. Nothing is connected yet.
    ///
    /// # Errors
    /// The URL is none that the client understands; its words do not repeat the URL.
    pub fn new(shared: &SharedRedis) -> Result<Self, Unavailable> {
        let client = Client::open(shared.url.expose_secret())
            .map_err(|_| Unavailable::Failed("its URL cannot be understood"))?;
        Ok(Self {
            client,
            manager: OnceCell::new(),
            timeout: shared.timeout,
            breaker: Breaker::default(),
        })
    }

    /// Runs commands in one round trip.
    ///
    /// Whether they were carried out is unknown after an error.
    ///
    /// # Errors
    /// Redis is away, slow, or refused a command.
    pub async fn run<T: FromRedisValue>(&self, commands: &Pipeline) -> Result<T, Unavailable> {
        if !self.breaker.allows(Instant::now()) {
            return Err(Unavailable::Paused);
        }
        let answer = match timeout(self.timeout, self.ask(commands)).await {
            Ok(answer) => answer.map_err(|error| Unavailable::Failed(words(&error))),
            Err(_) => Err(Unavailable::Slow),
        };
        self.note(answer.as_ref().err());
        answer
    }

    async fn ask<T: FromRedisValue>(&self, commands: &Pipeline) -> Result<T, RedisError> {
        let connect = || async { self.connect() };
        let mut manager = self.manager.get_or_try_init(connect).await?.clone();
        commands.query_async(&mut manager).await
    }

    fn connect(&self) -> Result<ConnectionManager, RedisError> {
        // Long enough for a handshake that began in a call which has given up by then.
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(self.timeout.max(Duration::from_secs(1))))
            .set_response_timeout(Some(self.timeout));
        ConnectionManager::new_lazy_with_config(self.client.clone(), config)
    }

    /// One line when it goes and one when it is back.
    fn note(&self, fault: Option<&Unavailable>) {
        let Some(fault) = fault else {
            if self.breaker.succeeded() {
                tracing::info!("Redis answers again");
            }
            return;
        };
        if self.breaker.failed(Instant::now()) {
            tracing::warn!(error = %fault, "Redis is not used for the moment");
        }
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis")
            .field("breaker", &self.breaker)
            .finish_non_exhaustive()
    }
}

fn words(error: &RedisError) -> &'static str {
    match error.kind() {
        redis::ErrorKind::Io => "it cannot be reached",
        redis::ErrorKind::AuthenticationFailed => "it refused the password",
        redis::ErrorKind::Server(_) => "it refused a command",
        redis::ErrorKind::UnexpectedReturnType | redis::ErrorKind::Parse => {
            "its answer could not be understood"
        }
        _ => "the client gave up",
    }
}
