//! The memory of all uploads together: whoever finds none waits.
//!
//! An upload waits only for the part that it is about to read. Parts on their way to the store end
//! without it, so memory always comes back.

use std::sync::Arc;

use portico_sdk::settings::Size;
use portico_sdk::{Error, Reason};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What permits are counted in, in bytes.
const UNIT: u64 = 1 << 20;

#[derive(Debug, Clone)]
pub(crate) struct Memory {
    units: Arc<Semaphore>,
    all: u32,
}

/// A share of the memory, given back when it is dropped.
pub(crate) type Share = OwnedSemaphorePermit;

impl Memory {
    pub(crate) fn new(size: Size) -> Self {
        let all = u32::try_from(size.0 / UNIT).unwrap_or(u32::MAX);
        // What a semaphore can count is more than any machine has.
        let units = usize::try_from(all).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            units: Arc::new(Semaphore::new(units.min(Semaphore::MAX_PERMITS))),
            all,
        }
    }

    /// A share of so many bytes.
    pub(super) async fn share(&self, bytes: u64) -> Result<Share, Error> {
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX);
        let units = units.clamp(1, self.all);
        let share = Arc::clone(&self.units).acquire_many_owned(units).await;
        share.map_err(|closed| Error::new(Reason::InternalError).because(closed))
    }
}
