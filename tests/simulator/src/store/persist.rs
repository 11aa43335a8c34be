//! The index of a folder store: written as one JSON file, read at the next start.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use super::blob::{Blob, BlobFile};
use super::blobs::Blobs;
use super::bucket::Content;
use super::{Rules, State, Tenant, Version};

const INDEX: &str = "index.json";
const BODIES: &str = "bodies";

impl Tenant {
    /// Opens, or makes, the store of one tenant in a folder of its own. What was written after
    /// the last [`Tenant::save`] of a process that crashed is gone.
    pub(crate) fn open(folder: &Path, rules: Rules) -> io::Result<Self> {
        let blobs = Blobs::folder(&folder.join(BODIES))?;
        let mut state = read_index(&folder.join(INDEX))?;
        let mut seen = HashMap::new();
        state.adopt(&blobs, &mut seen);
        blobs.sweep(&seen)?;
        let tenant = Self::new(blobs, rules);
        *tenant.state() = state;
        Ok(tenant)
    }

    /// Writes the index if anybody had it in hand since it was last written.
    pub(crate) fn save_changes(&self, folder: &Path) -> io::Result<()> {
        if self.touched.swap(false, Ordering::AcqRel) {
            self.save(folder)?;
        }
        Ok(())
    }

    /// Writes the index. A reader sees the old file or the new one, never half of one.
    pub(crate) fn save(&self, folder: &Path) -> io::Result<()> {
        let text = {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            serde_json::to_vec(&*state)?
        };
        let part = folder.join(format!("{INDEX}.part"));
        std::fs::write(&part, text)?;
        std::fs::rename(part, folder.join(INDEX))
    }
}

fn read_index(path: &Path) -> io::Result<State> {
    match std::fs::read(path) {
        Ok(text) => Ok(serde_json::from_slice(&text)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(State::default()),
        Err(error) => Err(error),
    }
}

impl State {
    /// Objects whose files are gone are forgotten.
    fn adopt(&mut self, blobs: &Blobs, seen: &mut HashMap<String, Arc<BlobFile>>) {
        for bucket in self.buckets.values_mut() {
            bucket.entries.retain(|_, versions| {
                versions.retain_mut(|version| {
                    blob_of(version).is_none_or(|blob| blobs.adopt(blob, seen))
                });
                !versions.is_empty()
            });
            for upload in bucket.uploads.values_mut() {
                let parts = &mut upload.parts;
                parts.retain(|_, part| blobs.adopt(&mut part.blob, seen));
            }
        }
    }
}

fn blob_of(version: &mut Version) -> Option<&mut Blob> {
    match &mut version.content {
        Content::Object(object) => Some(&mut object.blob),
        Content::Folder | Content::DeleteMarker => None,
    }
}
