//! Where bodies are put: small ones in memory, large ones in files, or all in a folder.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncWriteExt as _;

use super::blob::{BLOCK, Blob, BlobFile, Held, NOISE, Source, length_of};

/// Larger bodies than this go to a temporary file when the store keeps its data in memory.
const INLINE_LIMIT: usize = 16 * 1024 * 1024;
/// Once this much is in memory every new body goes to a file: parts of uploads are small and many.
const MEMORY_LIMIT: u64 = 64 * 1024 * 1024;

/// Where new bodies are put.
pub(crate) struct Blobs {
    folder: PathBuf,
    inline_limit: usize,
    /// Files outlive their blobs once this is set: a folder store closes, it does not delete.
    keep: Arc<AtomicBool>,
    in_memory: Arc<AtomicU64>,
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
            in_memory: Arc::default(),
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
            in_memory: Arc::default(),
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

    fn is_full(&self) -> bool {
        self.in_memory.load(Ordering::Relaxed) > MEMORY_LIMIT
    }

    fn hold(&self, data: Bytes) -> Arc<Held> {
        let length = length_of(&data);
        self.in_memory.fetch_add(length, Ordering::Relaxed);
        Arc::new(Held {
            data,
            in_memory: Arc::clone(&self.in_memory),
        })
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
    pub(super) fn adopt(&self, blob: &mut Blob, seen: &mut HashMap<String, Arc<BlobFile>>) -> bool {
        blob.pieces.iter_mut().all(|piece| {
            let Source::Named(name) = &piece.source else {
                return true;
            };
            if name == NOISE {
                piece.source = Source::Noise;
                return true;
            }
            let file = seen
                .entry(name.clone())
                .or_insert_with(|| Arc::new(self.file_named(name)));
            let there = file.path.exists();
            piece.source = Source::File(Arc::clone(file));
            there
        })
    }

    /// Deletes files that no blob of the index names: left behind by a crash.
    pub(super) fn sweep(&self, seen: &HashMap<String, Arc<BlobFile>>) -> io::Result<()> {
        for file in std::fs::read_dir(&self.folder)? {
            let file = file?;
            if !seen.contains_key(file.file_name().to_string_lossy().as_ref()) {
                std::fs::remove_file(file.path())?;
            }
        }
        Ok(())
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
            None => self.buffer.len() > self.blobs.inline_limit || self.blobs.is_full(),
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
            let held = self.blobs.hold(self.buffer.freeze());
            let length = length_of(&held.data);
            return Ok(Blob::from_piece(Source::Memory(held), length));
        }
        self.spill().await?;
        let Some((mut file, kept)) = self.file else {
            return Ok(Blob::default());
        };
        file.flush().await?;
        Ok(Blob::from_piece(Source::File(kept), self.written))
    }
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
    async fn many_small_bodies_do_not_fill_the_memory() {
        let blobs = Blobs::memory().unwrap();
        let body = vec![7; 8 * 1024 * 1024];
        let mut parts = Vec::new();
        for _ in 0..12 {
            parts.push(store(&blobs, &body).await);
        }
        assert_eq!(files(&blobs.folder), 3, "nine are past the limit");
        let joined = Blob::chain(&parts);
        drop(parts);
        assert_eq!(joined.length(), 12 * 8 * 1024 * 1024);
        drop(joined);
        assert_eq!(blobs.in_memory.load(Ordering::Relaxed), 0);
        assert_eq!(files(&blobs.folder), 0);
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
