//! The thread that puts an archive on its shelf, step by step.

use std::io;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::maker::Step;
use super::{KeepError, Shelf};
use crate::archive::{Archive, ZipError};
use crate::media::Method;
use crate::packing::{Block, Promise};
use crate::records::Head;

pub(super) struct Writer<F> {
    archive: Archive,
    shelf: F,
    /// An entry that waits for its first block, which says how it is stored.
    waiting: Option<Head>,
    /// How the entry that is written is stored.
    method: Method,
}

impl<F: Shelf> Writer<F> {
    pub(super) fn new(shelf: F) -> Self {
        Self {
            archive: Archive::default(),
            shelf,
            waiting: None,
            method: Method::Stored,
        }
    }

    /// Does what it is told until the end; gives the archive's length.
    pub(super) fn run(mut self, mut steps: mpsc::Receiver<Step>) -> Result<(u64, F), KeepError> {
        while let Some(step) = steps.blocking_recv() {
            match step {
                Step::Begin(head) if head.method == Method::Deflated => self.waiting = Some(head),
                Step::Begin(head) => self.begin(head)?,
                Step::Data(piece) => self.data(piece)?,
                Step::Block(promise) => self.block(promise)?,
                Step::End => self.end()?,
                Step::Abandon => self.abandon()?,
                Step::Folder(name, stamp) => {
                    let bytes = self.archive.folder(name, stamp)?;
                    self.shelf.write(&bytes)?;
                }
                Step::Finish => return self.finish(),
            }
        }
        Err(io::Error::from(io::ErrorKind::Interrupted).into())
    }

    fn begin(&mut self, head: Head) -> Result<(), KeepError> {
        self.method = head.method;
        let bytes = self.archive.begin(head)?;
        Ok(self.shelf.write(&bytes)?)
    }

    fn data(&mut self, piece: Bytes) -> Result<(), KeepError> {
        let bytes = self.archive.data(piece)?;
        Ok(self.shelf.write(&bytes)?)
    }

    fn block(&mut self, promise: Promise) -> Result<(), KeepError> {
        // Nobody keeps a promise when the runtime ends.
        let ended = |_| io::Error::from(io::ErrorKind::Interrupted);
        let Block { raw, packed } = promise.blocking_recv().map_err(ended)??;
        if let Some(mut head) = self.waiting.take() {
            if packed.is_none() {
                head.method = Method::Stored;
            }
            self.begin(head)?;
        }
        if self.method == Method::Stored {
            return self.data(raw);
        }
        let packed = packed.ok_or(ZipError::Deflate)?;
        self.archive.block(&raw, &packed)?;
        Ok(self.shelf.write(&packed)?)
    }

    fn end(&mut self) -> Result<(), KeepError> {
        // Without a byte there was no block.
        if let Some(mut head) = self.waiting.take() {
            head.method = Method::Stored;
            self.begin(head)?;
        }
        let bytes = self.archive.end()?;
        Ok(self.shelf.write(&bytes)?)
    }

    fn abandon(&mut self) -> Result<(), KeepError> {
        self.waiting = None;
        let length = self.archive.abandon();
        Ok(self.shelf.cut(length)?)
    }

    fn finish(mut self) -> Result<(u64, F), KeepError> {
        let before = self.archive.length();
        let rest = self.archive.finish()?;
        self.shelf.write(&rest)?;
        let length = before + u64::try_from(rest.len()).unwrap_or(u64::MAX);
        Ok((length, self.shelf))
    }
}
