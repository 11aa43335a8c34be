//! Hashes of objects, made when somebody asks and then remembered.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::TryStreamExt as _;
use sha2::{Digest as _, Sha256};

use super::properties::{Shown, find};
use super::record::{Operation, Record};
use crate::store::Blob;

/// How many are remembered.
const KEPT: usize = 100_000;

/// What is known so far, by tenant and version.
#[derive(Default)]
pub(super) struct Hashes {
    known: Mutex<HashMap<(String, u64), String>>,
}

impl Hashes {
    /// Gives the records their hashes when an answer shows them.
    pub(super) async fn fill_shown(&self, shown: &Shown, records: &mut [Record]) {
        if find("hash").is_some_and(|hash| shown.shows(hash)) {
            self.fill(records).await;
        }
    }

    /// Objects that are gone have no bytes: their records have no hash, unless it is known.
    pub(super) async fn fill(&self, records: &mut [Record]) {
        for record in records.iter_mut().filter(|record| record.hash.is_none()) {
            record.hash = self.of(record).await;
        }
    }

    async fn of(&self, record: &Record) -> Option<String> {
        let key = (record.home.tenant.clone(), record.version);
        if let Some(known) = self.known().get(&key) {
            return Some(known.clone());
        }
        if matches!(record.operation, Operation::Pruned | Operation::Purged)
            || record.object.blob.length() != record.size
        {
            return None;
        }
        let hash = hash_of(record.object.blob.clone()).await?;
        let mut known = self.known();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(key, hash.clone());
        Some(hash)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<(String, u64), String>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `SHA-256 HEX`, or nothing where the bytes cannot be read.
async fn hash_of(blob: Blob) -> Option<String> {
    let mut blocks = std::pin::pin!(blob.read());
    let mut hash = Sha256::new();
    while let Some(block) = blocks.try_next().await.ok()? {
        hash.update(&block);
    }
    Some(format!("SHA-256 {}", hex::encode_upper(hash.finalize())))
}
