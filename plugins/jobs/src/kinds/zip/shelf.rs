//! The file of an archive, within the budget of all files of jobs.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

use portico_zip::Shelf;

use crate::files::{Draft, FileFault};

/// A word in every error of a disk or a budget that is full.
pub(super) const FULL: &str = "no room is left";

/// A draft that is written on a thread that may block.
pub(super) struct DraftShelf {
    draft: Draft,
    file: File,
}

impl DraftShelf {
    pub(super) async fn new(mut draft: Draft) -> io::Result<Self> {
        let file = draft.file()?.try_clone().await?.into_std().await;
        Ok(Self { draft, file })
    }

    /// Makes the file whole.
    pub(super) async fn finish(self) -> Result<PathBuf, FileFault> {
        self.draft.finish().await
    }
}

impl Shelf for DraftShelf {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let room = self
            .draft
            .room(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        room.map_err(|fault| io::Error::other(format!("{FULL}: {fault}")))?;
        self.file
            .write_all(bytes)
            .map_err(|error| match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    io::Error::other(format!("{FULL}: {error}"))
                }
                _ => error,
            })
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)?;
        self.file.seek(SeekFrom::Start(length)).map(drop)
    }
}
