//! How far uploads have come, for whoever sent them.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use moka::sync::Cache;
use portico_sdk::{Error, Reason};
use serde::Serialize;
use tokio::sync::watch;
use utoipa::ToSchema;

/// The header that names an upload.
pub(crate) const NAME: &str = "x-upload-id";
/// Uploads that are known at one time.
const MOST: u64 = 10_000;
/// How long an upload is known that nobody adds to or asks for.
const UNUSED: Duration = Duration::from_mins(10);

/// How an upload stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// It goes on.
    Uploading,
    /// The object is there.
    Uploaded,
    /// There is none of it.
    Failed,
}

/// How far an upload has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct UploadProgress {
    pub(crate) status: Status,
    /// Bytes of the file that have come in.
    received: u64,
    /// Bytes of the file that the store has taken.
    stored: u64,
    /// Bytes of the whole request, the form around the file included, if the client told.
    #[schema(required)]
    total: Option<u64>,
}

/// Whose upload it is, and what they call it.
type Name = ([u8; 32], Arc<str>);

/// The uploads that were named, of this process.
#[derive(Clone)]
pub(crate) struct Progress(Cache<Name, Arc<watch::Sender<UploadProgress>>>);

impl Default for Progress {
    fn default() -> Self {
        Self(
            Cache::builder()
                .max_capacity(MOST)
                .time_to_idle(UNUSED)
                .build(),
        )
    }
}

impl Progress {
    /// Begins to tell of an upload, if its head names it.
    ///
    /// # Errors
    /// A name that can be none.
    pub(crate) fn begin(
        &self,
        owner: [u8; 32],
        headers: &HeaderMap,
        total: Option<u64>,
    ) -> Result<Option<Ticket>, Error> {
        let Some(id) = headers.get(NAME) else {
            return Ok(None);
        };
        let id = id.to_str().ok().filter(|id| is_name(id));
        let id = id.ok_or_else(|| {
            let words = "X-Upload-ID is up to 128 letters, digits, dots, hyphens and underscores";
            Error::with_message(Reason::InvalidRequest, words)
        })?;
        let (told, _) = watch::channel(UploadProgress {
            status: Status::Uploading,
            received: 0,
            stored: 0,
            total,
        });
        let (name, told) = ((owner, Arc::from(id)), Arc::new(told));
        self.0.insert(name.clone(), Arc::clone(&told));
        Ok(Some(Ticket {
            told,
            name,
            table: self.0.clone(),
        }))
    }

    /// What is told of an upload.
    pub(crate) fn of(&self, owner: [u8; 32], id: &str) -> Option<watch::Receiver<UploadProgress>> {
        let told = self.0.get(&(owner, Arc::from(id)))?;
        Some(told.subscribe())
    }
}

fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(plain)
}

/// Tells of one upload. Dropped before its end, it tells that the upload has failed.
pub(crate) struct Ticket {
    told: Arc<watch::Sender<UploadProgress>>,
    name: Name,
    table: Cache<Name, Arc<watch::Sender<UploadProgress>>>,
}

impl Ticket {
    pub(super) fn received(&self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.told.send_modify(|told| told.received += bytes);
    }

    pub(super) fn stored(&self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.told.send_modify(|told| told.stored += bytes);
        // However long it takes, it is not forgotten while it goes on.
        self.table.insert(self.name.clone(), Arc::clone(&self.told));
    }

    /// The object is there.
    pub(crate) fn done(&self) {
        self.told.send_modify(|told| told.status = Status::Uploaded);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.told.send_if_modified(|told| {
            let broken = told.status == Status::Uploading;
            if broken {
                told.status = Status::Failed;
            }
            broken
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(id: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(NAME, id.parse().unwrap());
        headers
    }

    #[test]
    fn an_upload_is_known_to_its_owner_alone() {
        let progress = Progress::default();
        let ticket = progress
            .begin([1; 32], &named("a-1"), Some(10))
            .unwrap()
            .unwrap();
        assert!(progress.of([2; 32], "a-1").is_none() && progress.of([1; 32], "a-2").is_none());
        let told = progress.of([1; 32], "a-1").unwrap();
        ticket.received(5);
        ticket.stored(5);
        let now = told.borrow().clone();
        assert_eq!(
            (now.status, now.received, now.stored),
            (Status::Uploading, 5, 5)
        );
        drop(ticket);
        assert_eq!(told.borrow().status, Status::Failed);
    }

    #[test]
    fn what_is_done_stays_done() {
        let progress = Progress::default();
        let ticket = progress.begin([1; 32], &named("a"), None).unwrap().unwrap();
        ticket.done();
        drop(ticket);
        let told = progress.of([1; 32], "a").unwrap();
        assert_eq!(told.borrow().status, Status::Uploaded);
        assert!(
            progress
                .begin([1; 32], &HeaderMap::new(), None)
                .unwrap()
                .is_none()
        );
        for bad in ["", "a b", "a/b", &"x".repeat(129)] {
            assert!(progress.begin([1; 32], &named(bad), None).is_err(), "{bad}");
        }
    }
}
