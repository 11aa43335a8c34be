//! Objects fetched many at a time and handed out in order, within bounded memory.

mod fetch;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use portico_sdk::Error;

use crate::plan::Item;
use crate::source::{Known, Source};
use fetch::Fetch;

/// How far ahead objects are fetched, and how long a store may fail.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Objects at a time.
    pub at_once: usize,
    /// Bytes of each that may wait for their turn; what one piece of the store's body holds comes on
    /// top. All together take no more than this times [`Limits::at_once`].
    pub buffer: usize,
    /// How long an object is asked for again without a byte more, when the store is busy, cannot be
    /// reached, or breaks off.
    pub patience: Duration,
}

impl Default for Limits {
    /// Twenty at a time, 256 KiB of each, a minute.
    fn default() -> Self {
        Self {
            at_once: 20,
            buffer: 256 * 1024,
            patience: Duration::from_mins(1),
        }
    }
}

/// What comes of one object, in this order: `Opened`, some `Piece`, `Whole`; or `Folder` alone.
/// `Failed` may come at any point and is the last.
#[derive(Debug)]
pub enum Event {
    /// A folder, which has nothing to fetch.
    Folder,
    /// The store has it, and says this of it.
    Opened(Known),
    /// Some of its bytes.
    Piece(Bytes),
    /// That was all; as many bytes as were announced.
    Whole,
    /// It cannot be had, or not any more, or has become another one.
    Failed(Error),
}

/// Opened objects beyond the one that is read which are too large to wait in memory: they occupy
/// connections and gain little.
const LARGE: usize = 1;

/// Fetches objects ahead of whoever reads them. Dropping it ends every fetch.
pub struct Ahead<S> {
    source: Arc<S>,
    items: std::vec::IntoIter<Item>,
    limits: Limits,
    fetches: VecDeque<Fetch>,
    /// Which object the first of the fetches is.
    index: usize,
}

impl<S: Source> Ahead<S> {
    /// Begins nothing yet; what is fetched begins with [`Ahead::next`], which needs a Tokio runtime.
    #[must_use]
    pub fn new(items: Vec<Item>, source: Arc<S>, limits: Limits) -> Self {
        Self {
            source,
            items: items.into_iter(),
            limits,
            fetches: VecDeque::new(),
            index: 0,
        }
    }

    /// What comes next, and of which object by its place in the list; `None` behind the last.
    ///
    /// May be dropped while it waits without losing anything.
    pub async fn next(&mut self) -> Option<(usize, Event)> {
        self.begin_more();
        let event = self.fetches.front_mut()?.next().await;
        let index = self.index;
        if !matches!(event, Event::Opened(_) | Event::Piece(_)) {
            self.fetches.pop_front();
            self.index += 1;
        }
        Some((index, event))
    }

    fn begin_more(&mut self) {
        while self.fetches.len() < self.limits.at_once.max(1) {
            let Some(item) = self.items.as_slice().first() else {
                return;
            };
            if self.is_large(item) && self.large_ahead() > LARGE {
                return;
            }
            let Some(item) = self.items.next() else {
                return;
            };
            let large = self.is_large(&item);
            let fetch = Fetch::begin(&self.source, item, self.limits, large);
            self.fetches.push_back(fetch);
        }
    }

    fn is_large(&self, item: &Item) -> bool {
        let buffer = u64::try_from(self.limits.buffer).unwrap_or(u64::MAX);
        item.size.is_some_and(|size| size > buffer)
    }

    fn large_ahead(&self) -> usize {
        self.fetches.iter().filter(|fetch| fetch.large).count()
    }
}
