//! What becomes of the ring beyond this process: a sealed file for a restart, Redis for replicas.

mod far;
mod file;

use std::sync::Arc;
use std::time::Duration;

use portico_sdk::error::chain;
use secrecy::SecretString;
use tokio::sync::mpsc;
use tokio::time::sleep;

pub(crate) use far::Far;
pub(crate) use file::{File, FileFault};

use crate::known::{Accepted, Owner};
use crate::ring::Ring;

/// How long changes are gathered before the file is written: the most that a crash can lose.
const GATHER: Duration = Duration::from_secs(1);

/// A change of the ring.
pub(crate) enum Note {
    /// HCP has accepted a secret.
    Learnt(Owner, Accepted),
    /// HCP has refused one.
    Refused(Owner, SecretString),
    /// All secrets of an owner are no longer good.
    Gone(Owner),
}

/// Carries changes out, one after another, for as long as the ring lives.
pub(crate) struct Keeper {
    pub(crate) ring: Arc<Ring>,
    pub(crate) notes: mpsc::Receiver<Note>,
    pub(crate) far: Option<Far>,
    pub(crate) file: Option<File>,
    /// What was wrong with the file at the start, when nothing could be logged yet.
    pub(crate) fault: Option<FileFault>,
}

impl Keeper {
    pub(crate) async fn work(mut self) {
        if let Some(fault) = &self.fault {
            tracing::warn!(error = %chain(fault), "the keyring begins empty");
        }
        while let Some(note) = self.notes.recv().await {
            self.tell(&note).await;
            if let Some(file) = self.file.clone() {
                sleep(GATHER).await;
                while let Ok(note) = self.notes.try_recv() {
                    self.tell(&note).await;
                }
                file.write(self.ring.all()).await;
            }
        }
    }

    async fn tell(&self, note: &Note) {
        if let Some(far) = &self.far {
            far.tell(note).await;
        }
    }
}
