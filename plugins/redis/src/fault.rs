//! What may be wrong with Redis, in words that repeat nothing of what it said.

use redis::{ErrorKind, RedisError, ServerError, ServerErrorKind, Value};

/// Redis did not do what it was asked, never by the caller's fault alone.
///
/// What Redis said is not repeated anywhere, because it may quote a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// It failed a moment ago, and is not asked again yet.
    #[error("Redis failed a moment ago")]
    Paused,
    /// It did not answer in time. Whether the commands were carried out is unknown.
    #[error("Redis did not answer in time")]
    Slow,
    /// It cannot be reached, is not ready, or spoke nonsense. Whether the commands were carried out
    /// is unknown.
    #[error("Redis failed: {0}")]
    Failed(&'static str),
    /// It is there and answers what only reads, but carries no write out: no memory left (`OOM`),
    /// its disk is full (`MISCONF`), or too few replicas follow (`NOREPLICAS`).
    #[error("Redis takes no writes: {0}")]
    Unwritable(&'static str),
    /// It is well and refused this one command, or answered with another type than expected:
    /// a key with foreign contents, a missing permission.
    #[error("Redis refused: {0}")]
    Refused(&'static str),
}

/// What became of one command.
pub type Answer = Result<Value, Unavailable>;

const NONSENSE: &str = "its answer could not be understood";
const PASSWORD: &str = "it refused the password";

impl Unavailable {
    /// The fault of a whole exchange.
    pub(crate) fn of(error: &RedisError) -> Self {
        if let Some(errors) = error.clone().into_server_errors() {
            let faults = errors.iter().map(|(_, error)| Self::said(error));
            return faults.max_by_key(|fault| fault.weight()).unwrap_or(UNKNOWN);
        }
        match error.kind() {
            _ if error.is_timeout() => Self::Slow,
            ErrorKind::Server(kind) => Self::known(kind),
            ErrorKind::UnexpectedReturnType => Self::TYPE,
            ErrorKind::AuthenticationFailed => Self::Failed(PASSWORD),
            ErrorKind::Parse => Self::Failed(NONSENSE),
            ErrorKind::Io | ErrorKind::ClusterConnectionNotFound => {
                Self::Failed("it cannot be reached")
            }
            ErrorKind::MasterNameNotFoundBySentinel => {
                Self::Failed("the sentinels know no such master that is up")
            }
            _ => UNKNOWN,
        }
    }

    /// The fault of a connection that was not made, whatever the server said to the greeting.
    pub(crate) fn of_connecting(error: &RedisError) -> Self {
        match Self::of(error) {
            Self::Refused(words) | Self::Unwritable(words) => Self::Failed(words),
            fault => fault,
        }
    }

    /// An answer of another type than the caller can read.
    pub(crate) const TYPE: Self = Self::Refused("the answer is of another type");

    /// Whether Redis is not to be asked for a while.
    #[must_use]
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Paused | Self::Slow | Self::Failed(_))
    }

    fn weight(self) -> u8 {
        match self {
            Self::Refused(_) => 0,
            Self::Unwritable(_) => 1,
            Self::Paused | Self::Slow | Self::Failed(_) => 2,
        }
    }

    /// The fault behind an error that the server answered with.
    pub(crate) fn said(error: &ServerError) -> Self {
        match (error.kind(), error.code()) {
            (Some(kind), _) => Self::known(kind),
            (None, "OOM") => Self::Unwritable("it has no memory left"),
            (None, "MISCONF") => Self::Unwritable("it cannot save to its disk"),
            (None, "NOREPLICAS") => Self::Unwritable("too few replicas follow it"),
            (None, "NOAUTH" | "WRONGPASS") => Self::Failed(PASSWORD),
            (None, "BUSY") => Self::Failed("a script keeps it busy"),
            (None, "WRONGTYPE") => Self::Refused("a key holds another type"),
            (None, _) => Self::Refused("it did not say why in known words"),
        }
    }

    fn known(kind: ServerErrorKind) -> Self {
        match kind {
            ServerErrorKind::BusyLoading => Self::Failed("it is still loading"),
            ServerErrorKind::ReadOnly => Self::Failed("it is a replica, and no master"),
            ServerErrorKind::MasterDown => Self::Failed("its master is down"),
            ServerErrorKind::ClusterDown
            | ServerErrorKind::TryAgain
            | ServerErrorKind::Moved
            | ServerErrorKind::Ask => Self::Failed("the cluster is not settled"),
            ServerErrorKind::CrossSlot => Self::Refused("the keys lie in different slots"),
            ServerErrorKind::NoPerm => Self::Refused("the user may not do that"),
            _ => Self::Refused("it did not take the command"),
        }
    }
}

const UNKNOWN: Unavailable = Unavailable::Failed("the client gave up");

/// An error among the answers becomes one.
pub(crate) fn sift(answer: Answer) -> Answer {
    match answer {
        Ok(Value::ServerError(error)) => Err(Unavailable::said(&error)),
        other => other,
    }
}
