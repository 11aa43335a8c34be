//! Where an upload comes from, piece by piece.

use std::sync::Arc;

use axum::body::{Body, BodyDataStream};
use axum::extract::multipart::{Field, MultipartError};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use portico_sdk::{Error, Reason};

use super::progress::Ticket;

/// What a file may be before memory for a whole part is taken, in bytes.
const SMALL: usize = 1 << 20;

/// The file of a form, or a body.
pub(super) struct Source<'a> {
    origin: Origin<'a>,
    /// What has come and was not taken yet.
    left: Bytes,
    ticket: Option<Arc<Ticket>>,
}

enum Origin<'a> {
    Field(Box<Field<'a>>),
    Body(BodyDataStream),
}

impl<'a> Source<'a> {
    pub(super) fn field(field: Field<'a>) -> Self {
        Self {
            origin: Origin::Field(Box::new(field)),
            left: Bytes::new(),
            ticket: None,
        }
    }

    pub(super) fn body(body: Body) -> Self {
        Self {
            origin: Origin::Body(body.into_data_stream()),
            left: Bytes::new(),
            ticket: None,
        }
    }

    /// Tells of what comes.
    pub(super) fn telling(mut self, ticket: Option<Ticket>) -> Self {
        self.ticket = ticket.map(Arc::new);
        self
    }

    /// Who tells of the upload, if anybody does.
    pub(super) fn ticket(&self) -> Option<Arc<Ticket>> {
        self.ticket.clone()
    }

    /// Whether nothing is left. Waits for the next piece, or the end.
    pub(super) async fn is_empty(&mut self) -> Result<bool, Error> {
        while self.left.is_empty() {
            match self.next().await? {
                Some(piece) => {
                    if let Some(ticket) = &self.ticket {
                        ticket.received(piece.len());
                    }
                    self.left = piece;
                }
                None => return Ok(true),
            }
        }
        Ok(false)
    }

    /// So many bytes, or as many as are left.
    pub(super) async fn take(&mut self, most: usize) -> Result<Bytes, Error> {
        let mut taken = BytesMut::new();
        while taken.len() < most && !self.is_empty().await? {
            let piece = self.left.len().min(most - taken.len());
            if taken.len() >= SMALL && taken.capacity() < most {
                // All that is missing at once: growing by doubling would hold a part twice.
                taken.reserve(most - taken.len());
            }
            taken.extend_from_slice(&self.left.split_to(piece));
        }
        Ok(taken.freeze())
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        match &mut self.origin {
            Origin::Field(field) => field.chunk().await.map_err(unreadable),
            Origin::Body(body) => {
                let piece = body.next().await.transpose();
                piece.map_err(|error| Error::new(Reason::IncompleteBody).because(error))
            }
        }
    }
}

/// The body is no form, or ends too early.
pub(super) fn unreadable(error: MultipartError) -> Error {
    let words = "There was an error parsing the body";
    Error::with_message(Reason::InvalidRequest, words).because(error)
}
