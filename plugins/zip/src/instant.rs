//! An archive as a stream: nothing is kept, nothing is left out.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt as _;
use futures_util::stream::{Stream, try_unfold};
use portico_sdk::{Error, Reason};

use crate::ahead::{Ahead, Event, Limits};
use crate::archive::{Archive, ZipError};
use crate::plan::Plan;
use crate::source::Source;
use crate::stamp::Stamp;

/// Small pieces are put together up to this, in bytes.
const GATHERED: usize = 64 * 1024;
/// Smaller pieces are copied; larger ones go on as they are.
const SMALL: usize = 16 * 1024;

/// The archive of a plan, everything stored as it is: exactly [`Plan::length`] bytes, if the sizes
/// in the plan are right. It needs a Tokio runtime; dropping it ends every fetch.
///
/// The first object that fails, or is not what the plan says, ends the stream with an error: what was
/// sent until then is no archive that any reader takes for whole, since its directory is missing.
pub fn instant<S: Source>(
    plan: Plan,
    source: Arc<S>,
    limits: Limits,
) -> impl Stream<Item = Result<Bytes, Error>> + Send + use<S> {
    let ahead = Ahead::new(plan.items.clone(), source, limits);
    let instant = Instant {
        plan,
        ahead,
        archive: Some(Archive::default()),
        small: BytesMut::new(),
        ready: VecDeque::new(),
    };
    try_unfold(instant, |mut instant| async move {
        let piece = instant.next().await?;
        Ok(piece.map(|piece| (piece, instant)))
    })
}

struct Instant<S> {
    plan: Plan,
    ahead: Ahead<S>,
    /// Gone when it is finished.
    archive: Option<Archive>,
    small: BytesMut,
    ready: VecDeque<Bytes>,
}

impl<S: Source> Instant<S> {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Ok(Some(piece));
            }
            if self.archive.is_none() || self.small.len() >= GATHERED {
                return Ok(self.flushed());
            }
            let event = match self.ahead.next().now_or_never() {
                Some(event) => event,
                // Nobody waits for bytes that are there.
                None if !self.small.is_empty() => return Ok(self.flushed()),
                None => self.ahead.next().await,
            };
            self.take(event)?;
        }
    }

    fn flushed(&mut self) -> Option<Bytes> {
        let some = !self.small.is_empty();
        some.then(|| self.small.split().freeze())
    }

    fn take(&mut self, event: Option<(usize, Event)>) -> Result<(), Error> {
        let Some((index, event)) = event else {
            return self.finish();
        };
        let (Some(archive), Some(item)) = (&mut self.archive, self.plan.items.get(index)) else {
            return Err(broken(ZipError::Order));
        };
        let bytes = match event {
            Event::Folder => match self.plan.name(index) {
                Some(name) => archive.folder(name, Stamp::of(item.modified)),
                None => return Ok(()),
            },
            Event::Opened(_) => {
                let name = self.plan.name(index).unwrap_or_default();
                archive.begin(item.stored(name))
            }
            Event::Piece(piece) => archive.data(piece),
            Event::Whole => archive.end(),
            Event::Failed(error) => return Err(error),
        };
        self.put(bytes.map_err(broken)?);
        Ok(())
    }

    fn put(&mut self, bytes: Bytes) {
        if bytes.len() < SMALL {
            self.small.extend_from_slice(&bytes);
            return;
        }
        let before = self.flushed();
        self.ready.extend(before);
        self.ready.push_back(bytes);
    }

    fn finish(&mut self) -> Result<(), Error> {
        let Some(archive) = self.archive.take() else {
            return Ok(());
        };
        let mut rest = archive.finish().map_err(broken)?;
        let before = self.flushed();
        self.ready.extend(before);
        while !rest.is_empty() {
            let piece = rest.split_to(rest.len().min(GATHERED));
            self.ready.push_back(piece);
        }
        Ok(())
    }
}

fn broken(error: ZipError) -> Error {
    Error::new(Reason::InternalError).because(error)
}
