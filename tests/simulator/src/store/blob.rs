//! Bodies of objects: bytes in memory or in files, sliced and chained without copying.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt as _;

/// Larger bodies than this go to a temporary file when the store keeps its data in memory.
const INLINE_LIMIT: usize = 16 * 1024 * 1024;
/// How much of a file is read or written in one go.
const BLOCK: usize = 512 * 1024;

/// Where new bodies are put.
pub(crate) struct Blobs {
    folder: PathBuf,
    inline_limit: usize,
    /// Files outlive their blobs once this is set: a folder store closes, it does not delete.
    keep: Arc<AtomicBool>,
    next: AtomicU64,
    /// Holds the temporary folder of a memory store; its files go with it.
    _temporary: Option<tempfile::TempDir>,
}

impl Blobs {
    /// Bodies in memory, large ones in a temporary folder that goes away with the store.
    pub(crate) fn memory() -> io::Result<Self> {
        let temporary = tempfile::tempdir()?;
        Ok(Self {
            folder: temporary.path().to_owned(),
            inline_limit: INLINE_LIMIT,
            keep: Arc::default(),
            next: AtomicU64::new(0),
            _temporary: Some(temporary),
        })
    }

    /// Every body in a file of this folder, which is made if need be.
    pub(crate) fn folder(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let mut last = 0;
        for file in std::fs::read_dir(folder)? {
            let name = file?.file_name();
            last = last.max(name.to_string_lossy().parse().unwrap_or(0));
        }
        Ok(Self {
            folder: folder.to_owned(),
            inline_limit: 0,
            keep: Arc::default(),
            next: AtomicU64::new(last + 1),
            _temporary: None,
        })
    }

    /// From now on dropping a blob leaves its file alone.
    pub(crate) fn keep_files(&self) {
        self.keep.store(true, Ordering::Release);
    }

    pub(crate) fn writer(&self) -> Writer<'_> {
        Writer {
            blobs: self,
            buffer: BytesMut::new(),
            file: None,
            written: 0,
        }
    }

    async fn new_file(&self) -> io::Result<(tokio::fs::File, Arc<BlobFile>)> {
        let name = self.next.fetch_add(1, Ordering::Relaxed).to_string();
        let kept = Arc::new(self.file_named(&name));
        Ok((tokio::fs::File::create(&kept.path).await?, kept))
    }

    fn file_named(&self, name: &str) -> BlobFile {
        BlobFile {
            path: self.folder.join(name),
            name: name.to_owned(),
            keep: Arc::clone(&self.keep),
        }
    }

    /// Gives blobs that were read from an index their files back. False when one is missing.
    pub(crate) fn adopt(&self, blob: &mut Blob, seen: &mut HashMap<String, Arc<BlobFile>>) -> bool {
        blob.pieces.iter_mut().all(|piece| {
            let Source::Named(name) = &piece.source else {
                return true;
            };
            let file = seen
                .entry(name.clone())
                .or_insert_with(|| Arc::new(self.file_named(name)));
            let there = file.path.exists();
            piece.source = Source::File(Arc::clone(file));
            there
        })
    }

    /// Deletes files that no blob of the index names: left behind by a crash.
    pub(crate) fn sweep(&self, seen: &HashMap<String, Arc<BlobFile>>) -> io::Result<()> {
        for file in std::fs::read_dir(&self.folder)? {
            let file = file?;
            if !seen.contains_key(file.file_name().to_string_lossy().as_ref()) {
                std::fs::remove_file(file.path())?;
            }
        }
        Ok(())
    }
}

/// A file that is deleted when the last blob that reads from it is gone.
pub(crate) struct BlobFile {
    path: PathBuf,
    name: String,
    keep: Arc<AtomicBool>,
}

impl Drop for BlobFile {
    fn drop(&mut self) {
        if !self.keep.load(Ordering::Acquire) {
            // Nobody can be told, and the folder is swept at the next start.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Takes a body piece by piece. Dropped before `finish`, it leaves nothing behind.
pub(crate) struct Writer<'a> {
    blobs: &'a Blobs,
    buffer: BytesMut,
    file: Option<(tokio::fs::File, Arc<BlobFile>)>,
    written: u64,
}

impl Writer<'_> {
    pub(crate) async fn write(&mut self, data: &[u8]) -> io::Result<()> {
        self.buffer.extend_from_slice(data);
        let full = match self.file {
            None => self.buffer.len() > self.blobs.inline_limit,
            Some(_) => self.buffer.len() >= BLOCK,
        };
        if full { self.spill().await } else { Ok(()) }
    }

    async fn spill(&mut self) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(self.blobs.new_file().await?);
        }
        if let Some((file, _)) = &mut self.file {
            file.write_all(&self.buffer).await?;
            self.written += length_of(&self.buffer);
            self.buffer.clear();
        }
        Ok(())
    }

    pub(crate) async fn finish(mut self) -> io::Result<Blob> {
        if self.file.is_none() {
            return Ok(Blob::from(self.buffer.freeze()));
        }
        self.spill().await?;
        let Some((mut file, kept)) = self.file else {
            return Ok(Blob::default());
        };
        file.flush().await?;
        Ok(Blob::from_piece(Source::File(kept), self.written))
    }
}

/// The bytes of one object, made of slices of memory and of files.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Blob {
    pieces: Vec<Piece>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Piece {
    source: Source,
    offset: u64,
    length: u64,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
enum Source {
    Memory(Bytes),
    File(Arc<BlobFile>),
    /// Read from an index, before [`Blobs::adopt`].
    Named(String),
}

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
            // Only a folder store writes an index, and it keeps nothing in memory.
            Source::Memory(_) => Self::new(),
        }
    }
}

impl From<Bytes> for Blob {
    fn from(data: Bytes) -> Self {
        let length = length_of(&data);
        Self::from_piece(Source::Memory(data), length)
    }
}

impl Blob {
    fn from_piece(source: Source, length: u64) -> Self {
        let piece = Piece {
            source,
            offset: 0,
            length,
        };
        Self {
            pieces: if length == 0 { Vec::new() } else { vec![piece] },
        }
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
            Source::Memory(data) => memory_block(data, piece.offset, want)?,
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

fn length_of(data: &[u8]) -> u64 {
    data.len().try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::TryStreamExt as _;

    async fn bytes(blob: Blob) -> Vec<u8> {
        let blocks: Vec<Bytes> = blob.read().try_collect().await.unwrap();
        blocks.concat()
    }

    async fn store(blobs: &Blobs, data: &[u8]) -> Blob {
        let mut writer = blobs.writer();
        for part in data.chunks(700_001) {
            writer.write(part).await.unwrap();
        }
        writer.finish().await.unwrap()
    }

    fn files(folder: &Path) -> usize {
        std::fs::read_dir(folder).unwrap().count()
    }

    #[tokio::test]
    async fn small_bodies_stay_in_memory_and_large_ones_go_to_a_file() {
        let blobs = Blobs::memory().unwrap();
        let small = store(&blobs, b"hello").await;
        assert_eq!(files(&blobs.folder), 0);
        let data = vec![7; INLINE_LIMIT + 3];
        let large = store(&blobs, &data).await;
        assert_eq!(files(&blobs.folder), 1);
        assert_eq!(large.length(), 16_777_219);
        let joined = Blob::chain([&small, &large]);
        drop(large);
        assert_eq!(bytes(joined.slice(&(3..7))).await, b"lo\x07\x07");
        assert_eq!(bytes(joined).await.len(), data.len() + 5);
        assert_eq!(files(&blobs.folder), 0, "the last reader deletes the file");
    }

    #[tokio::test]
    async fn an_abandoned_body_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::folder(folder.path()).unwrap();
        let mut writer = blobs.writer();
        writer.write(&vec![1; BLOCK * 2]).await.unwrap();
        assert_eq!(files(folder.path()), 1);
        drop(writer);
        assert_eq!(files(folder.path()), 0);
    }
}
