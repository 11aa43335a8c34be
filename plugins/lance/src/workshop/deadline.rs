//! Until when something may take.

use std::future::Future;
use std::time::Duration;

use portico_sdk::{Error, Reason};
use tokio::time::{Instant, timeout_at};

/// Beyond it nobody waits, and clocks do not reach.
const FAR: Duration = Duration::from_hours(24 * 365);

/// A moment, and how long it was until then to begin with: several steps may share one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    limit: Duration,
    end: Instant,
}

impl Deadline {
    /// From now on.
    pub(crate) fn within(limit: Duration) -> Self {
        let limit = limit.min(FAR);
        Self {
            limit,
            end: Instant::now() + limit,
        }
    }

    /// What the work gives, if it does so in time.
    ///
    /// # Errors
    /// [`Reason::GatewayTimeout`].
    pub(crate) async fn keep<T>(self, work: impl Future<Output = T>) -> Result<T, Error> {
        let done = timeout_at(self.end, work).await;
        done.map_err(|_| late(self.limit))
    }
}

fn late(limit: Duration) -> Error {
    let words = format!("The query was given up after {}", told(limit));
    Error::with_message(Reason::GatewayTimeout, words)
}

fn told(limit: Duration) -> String {
    match (limit.as_secs(), limit.subsec_millis()) {
        (1, 0) => "1 second".to_owned(),
        (seconds, 0) => format!("{seconds} seconds"),
        _ => format!("{} seconds", limit.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[test]
    fn limits_are_told_as_they_are() {
        for (millis, text) in [
            (300, "0.3 seconds"),
            (1000, "1 second"),
            (1500, "1.5 seconds"),
            (30_000, "30 seconds"),
        ] {
            assert_eq!(told(Duration::from_millis(millis)), text);
        }
    }

    #[tokio::test]
    async fn steps_share_what_time_there_is() {
        let deadline = Deadline::within(Duration::from_millis(5));
        let first = deadline.keep(pending::<()>()).await.unwrap_err();
        assert_eq!(first.reason(), Reason::GatewayTimeout);
        // Nothing is left for the second.
        assert!(deadline.keep(pending::<()>()).await.is_err());
        let endless = Deadline::within(Duration::MAX);
        assert_eq!(endless.keep(ready(7)).await.unwrap(), 7);
    }
}
