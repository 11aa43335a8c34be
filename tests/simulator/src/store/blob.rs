//! Bodies of objects: bytes in memory or in files, sliced and chained without copying.

use std::collections::VecDeque;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use futures_util::{Stream, stream};
use serde::{Deserialize, Serialize};

use super::noise;

/// How much of a file is read or written in one go.
pub(super) const BLOCK: usize = 512 * 1024;

/// A file that is deleted when the last blob that reads from it is gone.
pub(super) struct BlobFile {
    pub(super) path: PathBuf,
    pub(super) name: String,
    pub(super) keep: Arc<AtomicBool>,
}

impl Drop for BlobFile {
    fn drop(&mut self) {
        if !self.keep.load(Ordering::Acquire) {
            // Nobody can be told, and the folder is swept at the next start.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Bytes in memory, counted as long as they are held.
pub(super) struct Held {
    pub(super) data: Bytes,
    pub(super) in_memory: Arc<AtomicU64>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let length = length_of(&self.data);
        self.in_memory.fetch_sub(length, Ordering::Relaxed);
    }
}

/// The bytes of one object, made of slices of memory and of files.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Blob {
    pub(super) pieces: Vec<Piece>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Piece {
    pub(super) source: Source,
    offset: u64,
    length: u64,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub(super) enum Source {
    Memory(Arc<Held>),
    File(Arc<BlobFile>),
    /// Bytes that nobody keeps ([`noise`]).
    Noise,
    /// Read from an index, before `Blobs::adopt`.
    Named(String),
}

/// What an index calls [`Source::Noise`]; files are called by a number.
pub(super) const NOISE: &str = "noise";

impl From<String> for Source {
    fn from(name: String) -> Self {
        Self::Named(name)
    }
}

impl From<Source> for String {
    fn from(source: Source) -> Self {
        match source {
            Source::File(file) => file.name.clone(),
            Source::Named(name) => name,
            Source::Noise => NOISE.to_owned(),
            // Only a folder store writes an index, and it keeps nothing in memory.
            Source::Memory(_) => Self::new(),
        }
    }
}

#[cfg(test)]
impl From<Bytes> for Blob {
    fn from(data: Bytes) -> Self {
        let length = length_of(&data);
        let in_memory = Arc::new(AtomicU64::new(length));
        let held = Held { data, in_memory };
        Self::from_piece(Source::Memory(Arc::new(held)), length)
    }
}

impl Blob {
    pub(super) fn from_piece(source: Source, length: u64) -> Self {
        let piece = Piece {
            source,
            offset: 0,
            length,
        };
        Self {
            pieces: if length == 0 { Vec::new() } else { vec![piece] },
        }
    }

    /// So many bytes that nothing compresses and that take no room, the same for every blob.
    pub(crate) fn noise(length: u64) -> Self {
        Self::from_piece(Source::Noise, length)
    }

    pub(crate) fn length(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.length).sum()
    }

    /// One blob after the other.
    pub(crate) fn chain<'a>(blobs: impl IntoIterator<Item = &'a Self>) -> Self {
        let pieces = blobs.into_iter().flat_map(|blob| blob.pieces.clone());
        Self {
            pieces: pieces.collect(),
        }
    }

    /// The part of the blob in this range, which must lie inside it.
    pub(crate) fn slice(&self, range: &Range<u64>) -> Self {
        let mut start = 0;
        let mut pieces = Vec::new();
        for piece in &self.pieces {
            let end = start + piece.length;
            let (from, to) = (range.start.max(start), range.end.min(end));
            if from < to {
                pieces.push(Piece {
                    source: piece.source.clone(),
                    offset: piece.offset + (from - start),
                    length: to - from,
                });
            }
            start = end;
        }
        Self { pieces }
    }

    /// The bytes in blocks. Files are opened only when their turn comes.
    pub(crate) fn read(self) -> impl Stream<Item = io::Result<Bytes>> + Send + Sync + use<> {
        let reader = Reader {
            pieces: self.pieces.into(),
            open: None,
        };
        stream::try_unfold(reader, |mut reader| async move {
            let block = reader.next_block().await?;
            Ok(block.map(|block| (block, reader)))
        })
    }
}

struct Reader {
    pieces: VecDeque<Piece>,
    open: Option<Arc<std::fs::File>>,
}

impl Reader {
    async fn next_block(&mut self) -> io::Result<Option<Bytes>> {
        let Some(piece) = self.pieces.front_mut() else {
            return Ok(None);
        };
        let want = usize::try_from(piece.length).unwrap_or(BLOCK).min(BLOCK);
        let block = match &piece.source {
            Source::Memory(held) => memory_block(&held.data, piece.offset, want)?,
            Source::Noise => memory_block(noise::bytes(), noise::place(piece.offset), want)?,
            Source::File(kept) => {
                let file = match &self.open {
                    Some(file) => Arc::clone(file),
                    None => Arc::new(std::fs::File::open(&kept.path)?),
                };
                self.open = Some(Arc::clone(&file));
                file_block(file, piece.offset, want).await?
            }
            Source::Named(_) => return Err(io::ErrorKind::NotFound.into()),
        };
        let taken = length_of(&block);
        piece.offset += taken;
        piece.length -= taken;
        if piece.length == 0 {
            self.pieces.pop_front();
            self.open = None;
        }
        Ok(Some(block))
    }
}

fn memory_block(data: &Bytes, offset: u64, want: usize) -> io::Result<Bytes> {
    let start = usize::try_from(offset).map_err(io::Error::other)?;
    Ok(data.slice(start..start + want))
}

async fn file_block(file: Arc<std::fs::File>, offset: u64, want: usize) -> io::Result<Bytes> {
    let read = tokio::task::spawn_blocking(move || {
        let mut block = vec![0; want];
        file.read_exact_at(&mut block, offset)?;
        Ok(Bytes::from(block))
    });
    read.await.map_err(io::Error::other)?
}

pub(super) fn length_of(data: &[u8]) -> u64 {
    data.len().try_into().unwrap_or(u64::MAX)
}
