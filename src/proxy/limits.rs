//! What a client may take, and how long.

use std::future::Future;
use std::time::{Duration, Instant};

use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use portico_sdk::exchange::Exchange;
use portico_sdk::{Error, Reason};

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
pub struct ClientTimeouts {
    /// Between two pieces of a request.
    pub read: Duration,
    /// Between two pieces of a response.
    pub write: Duration,
    /// For a whole exchange; `None`: as long as it takes.
    pub total: Option<Duration>,
}

/// How much a client may send.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClientLimits {
    /// The largest head, in bytes.
    pub head: usize,
    /// The largest body, in bytes as sent; `None`: of any size.
    pub body: Option<u64>,
}

impl ClientLimits {
    /// Whether a body of the length that a head tells is within the limit.
    ///
    /// # Errors
    /// It is not.
    pub fn check_declared(self, headers: &HeaderMap) -> Result<(), Error> {
        let length = headers.get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        let both = length.zip(self.body);
        if both.is_some_and(|(length, limit)| length > limit) {
            return Err(Error::new(Reason::EntityTooLarge));
        }
        Ok(())
    }

    /// Whether so many bytes of body are within the limit.
    ///
    /// # Errors
    /// They are not.
    pub fn check(self, bytes: usize) -> Result<(), Error> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        if self.body.is_some_and(|limit| bytes > limit) {
            return Err(Error::new(Reason::EntityTooLarge));
        }
        Ok(())
    }
}

/// When an exchange must be over; `None`: never.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Deadline(Option<Instant>);

impl Deadline {
    pub(super) fn of(exchange: &Exchange, total: Option<Duration>) -> Self {
        Self(total.map(|total| exchange.arrival.at + total))
    }

    pub(super) fn check(self) -> Result<(), Error> {
        match self.0 {
            Some(end) if Instant::now() > end => Err(too_late()),
            _ => Ok(()),
        }
    }

    /// Some work, or the error of work that took too long.
    pub(super) async fn bound<T>(self, work: impl Future<Output = T>) -> Result<T, Error> {
        match self.0 {
            None => Ok(work.await),
            Some(end) => tokio::time::timeout_at(end.into(), work)
                .await
                .map_err(|_| too_late()),
        }
    }
}

fn too_late() -> Error {
    let words = "The request and its response took longer than they may.";
    Error::with_message(Reason::RequestTimeout, words)
}
