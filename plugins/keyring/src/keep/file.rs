//! The ring in a file, sealed as a whole, for the next process.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use portico_sdk::Error;
use portico_sdk::seal::Seal;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use crate::known::{Accepted, Owner};

/// What the file is bound to.
const BOUND: &[u8] = b"portico keyring file v1";

/// The file.
#[derive(Clone)]
pub(crate) struct File {
    path: PathBuf,
    seal: Arc<dyn Seal>,
}

/// One line of the file.
#[derive(Serialize, Deserialize)]
struct Record {
    tenant: String,
    access_key: String,
    secret: Zeroizing<String>,
    /// Seconds since 1970.
    expires: u64,
}

/// The file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileFault {
    /// The disk.
    #[error("the keyring's file")]
    Io(#[from] io::Error),
    /// The random numbers.
    #[error("the keyring's file cannot be sealed")]
    Seal(#[from] Error),
    /// Another secret, or another content.
    #[error("the keyring's file does not open: it was sealed with another secret, or damaged")]
    Unreadable,
}

impl File {
    pub(crate) fn new(folder: &Path, seal: Arc<dyn Seal>) -> Self {
        Self {
            path: folder.join("keyring.sealed"),
            seal,
        }
    }

    /// What an earlier process has left; nothing, when there was none.
    pub(crate) fn read(&self) -> Result<Vec<(Owner, Accepted)>, FileFault> {
        let sealed = match std::fs::read(&self.path) {
            Ok(sealed) => sealed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let plain = self.seal.open(&sealed, BOUND);
        let plain = plain.ok_or(FileFault::Unreadable)?;
        let records: Vec<Record> =
            serde_json::from_slice(&plain).map_err(|_| FileFault::Unreadable)?;
        Ok(records.into_iter().filter_map(Record::into_known).collect())
    }

    /// Writes everything, in one step for whoever reads it.
    pub(crate) async fn write(self, all: Vec<(Owner, Accepted)>) {
        let written = spawn_blocking(move || self.replace(&all)).await;
        match written {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(error = %portico_sdk::error::chain(&error), "the keyring is not kept");
            }
            Err(error) => tracing::error!(%error, "the keyring's writer broke"),
        }
    }

    fn replace(&self, all: &[(Owner, Accepted)]) -> Result<(), FileFault> {
        let records: Vec<_> = all.iter().map(Record::of).collect();
        let plain = serde_json::to_vec(&records).map_err(io::Error::other)?;
        let sealed = self.seal.close(&Zeroizing::new(plain), BOUND)?;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        // Readable by its owner alone, which is what temporary files are.
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(&sealed)?;
        file.as_file().sync_data()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}

impl Record {
    fn of((owner, accepted): &(Owner, Accepted)) -> Self {
        let end = accepted.expires.duration_since(UNIX_EPOCH);
        Self {
            tenant: owner.tenant.to_string(),
            access_key: owner.access_key.to_string(),
            secret: Zeroizing::new(accepted.secret.expose_secret().to_owned()),
            expires: end.unwrap_or_default().as_secs(),
        }
    }

    fn into_known(self) -> Option<(Owner, Accepted)> {
        let owner = Owner::new(&self.tenant.parse().ok()?, &self.access_key);
        let expires: SystemTime = UNIX_EPOCH.checked_add(Duration::from_secs(self.expires))?;
        let secret = self.secret.as_str().into();
        Some((owner, Accepted { secret, expires }))
    }
}
