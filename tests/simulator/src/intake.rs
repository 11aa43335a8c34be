//! The request body on its way in: counted, checked against its digests, cut when a fault says so.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use crate::digests::{Digests, Flaw};

/// Why a body ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IntakeError {
    #[error(transparent)]
    Flaw(#[from] Flaw),
    #[error("a fault cut the connection")]
    Cut,
    #[error("the client went away")]
    Transport(#[from] hyper::Error),
}

/// What is known about a body from outside, while and after somebody else reads it.
#[derive(Default)]
pub(crate) struct Watch {
    received: AtomicU64,
    found: Mutex<Found>,
}

#[derive(Default)]
struct Found {
    flaw: Option<Flaw>,
    cut: bool,
    unread: Option<Incoming>,
}

impl Watch {
    pub(crate) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    pub(crate) fn flaw(&self) -> Option<Flaw> {
        self.found().flaw
    }

    pub(crate) fn was_cut(&self) -> bool {
        self.found().cut
    }

    /// The body, once nobody reads it any more, if anything may be left of it.
    pub(crate) fn take_unread(&self) -> Option<Incoming> {
        self.found().unread.take()
    }

    fn found(&self) -> std::sync::MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request body under watch.
pub(crate) struct Intake {
    body: Option<Incoming>,
    watch: Arc<Watch>,
    digests: Option<Digests>,
    /// Bytes still to come, when the request said how many.
    left: Option<u64>,
    cut_after: Option<u64>,
}

impl Intake {
    pub(crate) fn new(
        body: Incoming,
        digests: Digests,
        cut_after: Option<u64>,
    ) -> (Self, Arc<Watch>) {
        let watch = Arc::new(Watch::default());
        let left = body.size_hint().exact();
        let intake = Self {
            body: Some(body),
            watch: Arc::clone(&watch),
            digests: Some(digests),
            left,
            cut_after,
        };
        (intake, watch)
    }

    /// The verdict falls with the last byte: whoever reads the body never gets all of a bad one.
    fn pass(&mut self, data: &Bytes) -> Result<(), IntakeError> {
        let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
        let before = self.watch.received.fetch_add(length, Ordering::Relaxed);
        if self.cut_after.is_some_and(|limit| before + length > limit) {
            self.watch.found().cut = true;
            return Err(IntakeError::Cut);
        }
        if let Some(digests) = &mut self.digests {
            digests.update(data);
        }
        self.left = self.left.map(|left| left.saturating_sub(length));
        if self.left == Some(0) {
            self.judge()
        } else {
            Ok(())
        }
    }

    fn judge(&mut self) -> Result<(), IntakeError> {
        let verdict = self.digests.take().map_or(Ok(()), |d| d.check(None));
        if let Err(flaw) = verdict {
            self.watch.found().flaw = Some(flaw);
        }
        Ok(verdict?)
    }
}

impl Body for Intake {
    type Data = Bytes;
    type Error = IntakeError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, IntakeError>>> {
        let this = &mut *self;
        let Some(body) = &mut this.body else {
            return Poll::Ready(None);
        };
        let Some(frame) = std::task::ready!(Pin::new(body).poll_frame(cx)?) else {
            this.body = None;
            return Poll::Ready(this.judge().err().map(Err));
        };
        match frame.data_ref() {
            Some(data) => Poll::Ready(Some(this.pass(&data.clone()).map(|()| frame))),
            None => Poll::Ready(Some(Ok(frame))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(SizeHint::default, Body::size_hint)
    }
}

impl Drop for Intake {
    fn drop(&mut self) {
        self.watch.found().unread = self.body.take();
    }
}
