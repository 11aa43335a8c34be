//! An upload in parts: some on their way to the store while the next one is read.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::types::CompletedPart;
use bytes::Bytes;
use portico_aws::Hearing;
use portico_sdk::error::chain;
use portico_sdk::{Error, Reason};
use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;

use super::memory::{Memory, Share};
use super::progress::Ticket;
use super::source::Source;
use super::target::Target;

/// The least size of a part, in bytes, and the most that is stored in one piece.
const PART: u64 = 8 << 20;
/// Parts on their way to the store at one time.
const ON_THE_WAY: usize = 2;
/// The most parts of an object (AWS, "Amazon S3 multipart upload limits").
const MOST: i32 = 10_000;
/// How often an upload that came to nothing is tried to be taken back.
const ABORTS: u32 = 3;
/// The pause before it is tried again.
const PAUSE: Duration = Duration::from_secs(2);

/// Stores all that comes from the source; `length` is what the client says of the whole body.
pub(super) async fn send(
    target: Target,
    mut source: Source<'_>,
    memory: &Memory,
    length: Option<u64>,
) -> Result<(), Error> {
    let size = part_size(length);
    let share = length.map_or(size, |length| length.min(size));
    let share = memory.share(share).await?;
    let first = source.take(bytes(size)).await?;
    let ticket = source.ticket();
    if source.is_empty().await? {
        let length = first.len();
        target.put(first).await?;
        tell(ticket.as_deref(), length);
    } else {
        let mut upload = Upload::begin(target, ticket.clone()).await?;
        upload.send(first, share).await?;
        while !source.is_empty().await? {
            let share = memory.share(size).await?;
            let part = source.take(bytes(size)).await?;
            upload.send(part, share).await?;
        }
        upload.complete().await?;
    }
    if let Some(ticket) = ticket {
        ticket.done();
    }
    Ok(())
}

fn tell(ticket: Option<&Ticket>, stored: usize) {
    if let Some(ticket) = ticket {
        ticket.stored(stored);
    }
}

/// Large enough that the parts are few enough.
fn part_size(length: Option<u64>) -> u64 {
    let most = u64::from(MOST.unsigned_abs());
    let least = length.unwrap_or_default().div_ceil(most);
    PART.max(least.next_multiple_of(1 << 20))
}

fn bytes(size: u64) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}

/// An upload that is not complete. Dropping it takes it back, whyever: the client left, the store
/// failed, or nobody waits any more.
struct Upload {
    target: Target,
    id: String,
    number: i32,
    sending: JoinSet<Result<CompletedPart, Error>>,
    done: Vec<CompletedPart>,
    open: bool,
    ticket: Option<Arc<Ticket>>,
}

impl Upload {
    async fn begin(target: Target, ticket: Option<Arc<Ticket>>) -> Result<Self, Error> {
        let id = target.begin().await?;
        Ok(Self {
            target,
            id,
            number: 0,
            sending: JoinSet::new(),
            done: Vec::new(),
            open: true,
            ticket,
        })
    }

    /// Sends a part, once there is room for it on the way.
    async fn send(&mut self, data: Bytes, share: Share) -> Result<(), Error> {
        while self.sending.len() >= ON_THE_WAY {
            self.sent().await?;
        }
        if self.number >= MOST {
            let words = format!("{}: more than {MOST} parts", self.target.label());
            return Err(Error::with_message(Reason::EntityTooLarge, words));
        }
        self.number += 1;
        let (target, id, number) = (self.target.clone(), self.id.clone(), self.number);
        let (ticket, length) = (self.ticket.clone(), data.len());
        let work = async move {
            let sent = target.part(&id, number, data).await?;
            drop(share);
            tell(ticket.as_deref(), length);
            Ok(sent)
        };
        match Hearing::current() {
            Some(hearing) => self.sending.spawn(hearing.during(work)),
            None => self.sending.spawn(work),
        };
        Ok(())
    }

    /// Waits for one of the parts on the way; `false`: there is none.
    async fn sent(&mut self) -> Result<bool, Error> {
        let Some(sent) = self.sending.join_next().await else {
            return Ok(false);
        };
        let broken = |error: JoinError| Error::new(Reason::InternalError).because(error);
        self.done.push(sent.map_err(broken)??);
        Ok(true)
    }

    async fn complete(mut self) -> Result<(), Error> {
        while self.sent().await? {}
        let mut parts = std::mem::take(&mut self.done);
        parts.sort_by_key(CompletedPart::part_number);
        self.target.complete(&self.id, parts).await?;
        self.open = false;
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        if !self.open {
            return;
        }
        let (target, id) = (self.target.clone(), std::mem::take(&mut self.id));
        let mut sending = std::mem::take(&mut self.sending);
        runtime.spawn(async move {
            // A part that arrives after the upload was taken back would stay.
            sending.shutdown().await;
            take_back(&target, &id).await;
        });
    }
}

async fn take_back(target: &Target, id: &str) {
    for attempt in 1..=ABORTS {
        match target.abort(id).await {
            Ok(()) => return,
            // It is gone already.
            Err(error) if error.reason() == Reason::NotFound => return,
            Err(error) if attempt == ABORTS => {
                tracing::warn!("an upload stays unfinished: {}", chain(&error));
            }
            Err(_) => sleep(PAUSE).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_grow_with_what_is_announced() {
        assert_eq!(part_size(None), PART);
        assert_eq!(part_size(Some(80 << 30)), 9 << 20);
        assert_eq!(part_size(Some(PART * 10_000)), PART);
        let tib = 1_u64 << 40;
        let parts = (5 * tib).div_ceil(part_size(Some(5 * tib)));
        assert!(parts <= 10_000, "{parts}");
    }
}
