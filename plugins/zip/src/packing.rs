//! Entries deflated block by block, several at a time, and only where that gains something.

use std::sync::{Arc, OnceLock};
use std::thread::available_parallelism;

use bytes::{Bytes, BytesMut};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::spawn_blocking;

use crate::archive::ZipError;
use crate::deflate::Compression;
use crate::media::Method;

/// Bytes that are compressed as one. Fewer would compress worse, since no block knows of another.
const BLOCK: usize = 256 * 1024;
/// So many of an entry's first bytes tell whether it is worth the time.
const PROBE: usize = 64 * 1024;

/// How entries are compressed, and how many blocks at a time. Clones share the number.
#[derive(Debug, Clone)]
pub struct Packing {
    compression: Compression,
    turns: Arc<Semaphore>,
}

impl Default for Packing {
    fn default() -> Self {
        Self::new(Compression::default())
    }
}

impl Packing {
    /// Half of the processors compress, at least one: others wait for answers meanwhile.
    #[must_use]
    pub fn new(compression: Compression) -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        Self {
            compression,
            turns: Arc::new(Semaphore::new((processors / 2).max(1))),
        }
    }

    /// The method for an object of this content type, name and size, before its bytes are known.
    pub(crate) fn method(&self, media: Option<&str>, name: &str, size: Option<u64>) -> Method {
        if self.compression == Compression::Store || size == Some(0) {
            return Method::Stored;
        }
        Method::for_media(media, name)
    }

    /// An entry that may be worth it.
    pub(crate) fn entry(&self) -> Entry {
        Entry {
            packing: self.clone(),
            gathered: BytesMut::new(),
            worth: Arc::default(),
            first: true,
        }
    }
}

/// A block on its way.
pub(crate) type Promise = oneshot::Receiver<Result<Block, ZipError>>;

/// A block as it was and, unless its entry is known not to be worth it, compressed.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) raw: Bytes,
    pub(crate) packed: Option<Bytes>,
}

/// The bytes of one object, gathered into blocks. What becomes of them depends on nothing but the bytes.
pub(crate) struct Entry {
    packing: Packing,
    gathered: BytesMut,
    /// What the first block has found.
    worth: Arc<OnceLock<bool>>,
    first: bool,
}

impl Entry {
    /// More bytes.
    pub(crate) fn add(&mut self, piece: &[u8]) {
        self.gathered.extend_from_slice(piece);
    }

    /// A block, if there is a whole one.
    pub(crate) async fn block(&mut self) -> Option<Promise> {
        if self.gathered.len() < BLOCK {
            return None;
        }
        let raw = self.gathered.split_to(BLOCK).freeze();
        Some(self.pack(raw).await)
    }

    /// What is left, if anything.
    pub(crate) async fn last(mut self) -> Option<Promise> {
        if self.gathered.is_empty() {
            return None;
        }
        let raw = self.gathered.split().freeze();
        Some(self.pack(raw).await)
    }

    /// Begins with a block as soon as it may. Dropping the promise does not end it; it is short.
    async fn pack(&mut self, raw: Bytes) -> Promise {
        let (sender, promise) = oneshot::channel();
        let first = std::mem::take(&mut self.first);
        let worth = Arc::clone(&self.worth);
        let how = self.packing.compression;
        // The semaphore is never closed.
        let turn = Arc::clone(&self.packing.turns).acquire_owned().await;
        spawn_blocking(move || {
            let _turn = turn;
            let _ = sender.send(packed(how, raw, first, &worth));
        });
        promise
    }
}

fn packed(
    how: Compression,
    raw: Bytes,
    first: bool,
    worth: &OnceLock<bool>,
) -> Result<Block, ZipError> {
    if first {
        return probed(how, raw, worth);
    }
    let packed = match worth.get() {
        Some(false) => None,
        _ => Some(how.block(&raw)?),
    };
    Ok(Block { raw, packed })
}

/// The first block of an entry: it settles for all of them whether they are compressed.
fn probed(how: Compression, raw: Bytes, worth: &OnceLock<bool>) -> Result<Block, ZipError> {
    let probe = raw.get(..PROBE).unwrap_or(&raw);
    let packed = how.block(probe)?;
    // Less than a sixteenth is not worth what every reader takes to undo it.
    let gains = packed.len() < probe.len() - probe.len() / 16;
    let _ = worth.set(gains);
    let packed = match gains {
        false => None,
        true if probe.len() == raw.len() => Some(packed),
        true => Some(how.block(&raw)?),
    };
    Ok(Block { raw, packed })
}
