//! Files that jobs make: one for each job, below one folder and within one budget.

use std::collections::BTreeSet;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::fs::{self, File, OpenOptions};
use uuid::Uuid;

use crate::job::JobId;

/// What a file is called while it is not whole.
const PART: &str = "part";
/// The file that names the folder.
const MARK: &str = "place";

/// Why a file is not written.
#[derive(Debug, thiserror::Error)]
pub enum FileFault {
    /// The budget of all files together is used up.
    #[error("files of jobs may take no more of the disk")]
    Budget,
    /// The disk, its permissions, or the like.
    #[error("a file of a job cannot be written")]
    Io(#[from] io::Error),
}

/// The folder of files. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Files(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    budget: u64,
    /// Bytes of all files, as far as this process knows.
    used: AtomicU64,
    mark: String,
}

impl Files {
    /// The folder, made if need be, with a budget in bytes.
    ///
    /// # Errors
    /// It cannot be used.
    pub async fn open(folder: &Path, budget: u64) -> io::Result<Self> {
        let folder = folder.to_owned();
        let made = std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder);
        made?;
        let mark = mark(&folder).await?;
        let files = Self(Arc::new(Inner {
            folder,
            budget,
            used: AtomicU64::new(0),
            mark,
        }));
        files.measure().await?;
        Ok(files)
    }

    /// The name of this folder among those of all replicas: the same after a restart, and for every
    /// process that shares the folder.
    #[must_use]
    pub fn mark(&self) -> &str {
        &self.0.mark
    }

    /// Bytes that all files take.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.0.used.load(Ordering::Relaxed)
    }

    /// Where the whole file of a job is, or would be.
    #[must_use]
    pub fn path(&self, job: JobId) -> PathBuf {
        self.0.folder.join(job.to_string())
    }

    /// Begins the file of a job, from nothing.
    ///
    /// # Errors
    /// It cannot be made.
    pub async fn begin(&self, job: JobId) -> Result<Draft, FileFault> {
        self.remove(job).await?;
        // A name of its own: a process that has lost the job may still be writing.
        let part = format!("{job}.{}.{PART}", Uuid::new_v4().simple());
        let path = self.0.folder.join(part);
        let file = OpenOptions::new()
            .write(true)
            .read(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)
            .await?;
        Ok(Draft {
            files: self.clone(),
            job,
            path,
            file: Some(file),
            taken: 0,
        })
    }

    /// Removes whatever a job has made, if anything.
    ///
    /// # Errors
    /// It cannot be removed.
    pub async fn remove(&self, job: JobId) -> io::Result<()> {
        for (_, path, length) in self.list().await?.into_iter().filter(|file| file.0 == job) {
            match fs::remove_file(&path).await {
                Ok(()) => self.give_back(length),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The jobs that have files here, whole or not.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub async fn jobs(&self) -> io::Result<Vec<JobId>> {
        let files = self.list().await?.into_iter();
        let jobs: BTreeSet<_> = files.map(|(job, ..)| job).collect();
        Ok(jobs.into_iter().collect())
    }

    /// Sees how much is used, whoever wrote it.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub async fn measure(&self) -> io::Result<()> {
        let used = self.list().await?.iter().map(|file| file.2).sum();
        self.0.used.store(used, Ordering::Relaxed);
        Ok(())
    }

    /// Every file: its job, its path and its length.
    async fn list(&self) -> io::Result<Vec<(JobId, PathBuf, u64)>> {
        let mut found = Vec::new();
        let mut entries = fs::read_dir(&self.0.folder).await?;
        while let Some(entry) = entries.next_entry().await? {
            let name = entry.file_name();
            let stem = name.to_str().and_then(|name| name.split('.').next());
            let Some(job) = stem.and_then(|stem| Uuid::try_parse(stem).ok()) else {
                continue;
            };
            // It may be gone meanwhile.
            let length = entry.metadata().await.map_or(0, |about| about.len());
            found.push((job, entry.path(), length));
        }
        Ok(found)
    }

    fn take(&self, bytes: u64) -> Result<(), FileFault> {
        let more = |used: u64| Some(used.checked_add(bytes)?).filter(|sum| *sum <= self.0.budget);
        let taken = self
            .0
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        taken.map(drop).map_err(|_| FileFault::Budget)
    }

    fn give_back(&self, bytes: u64) {
        let less = |used: u64| Some(used.saturating_sub(bytes));
        let _ = self
            .0
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }
}

/// A file that is being written. Dropped before it is whole, it is removed.
#[derive(Debug)]
pub struct Draft {
    files: Files,
    job: JobId,
    path: PathBuf,
    file: Option<File>,
    taken: u64,
}

impl Draft {
    /// Takes room for so many more bytes; to be asked before they are written.
    ///
    /// # Errors
    /// [`FileFault::Budget`].
    pub fn room(&mut self, bytes: u64) -> Result<(), FileFault> {
        self.files.take(bytes)?;
        self.taken += bytes;
        Ok(())
    }

    /// The file.
    ///
    /// # Errors
    /// It is whole already.
    pub fn file(&mut self) -> io::Result<&mut File> {
        let whole = || io::Error::other("the file is whole already");
        self.file.as_mut().ok_or_else(whole)
    }

    /// Makes it whole: on the disk, and under its name.
    ///
    /// # Errors
    /// The disk refuses; the file is removed then.
    pub async fn finish(mut self) -> Result<PathBuf, FileFault> {
        let file = self.file()?;
        file.sync_all().await?;
        let length = file.metadata().await?.len();
        let path = self.files.path(self.job);
        fs::rename(&self.path, &path).await?;
        // Room that was taken and not used.
        self.files.give_back(self.taken.saturating_sub(length));
        self.file = None;
        Ok(path)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            // What cannot be removed now is found at the next start.
            let _ = std::fs::remove_file(&self.path);
            self.files.give_back(self.taken);
        }
    }
}

/// Reads the name of the folder, or gives it one.
async fn mark(folder: &Path) -> io::Result<String> {
    let path = folder.join(MARK);
    for _ in 0..2 {
        match fs::read_to_string(&path).await {
            Ok(text) if Uuid::try_parse(&text).is_ok() => return Ok(text),
            Ok(_) => fs::remove_file(&path).await?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let fresh = Uuid::new_v4().to_string();
        let draft = folder.join(format!("{MARK}-{fresh}"));
        fs::write(&draft, &fresh).await?;
        // A link is made by one alone, should two begin at the same time.
        let linked = fs::hard_link(&draft, &path).await;
        fs::remove_file(&draft).await?;
        match linked {
            Ok(()) => return Ok(fresh),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("the folder of files cannot be named"))
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    async fn write(draft: &mut Draft, data: &[u8]) -> Result<(), FileFault> {
        draft.room(u64::try_from(data.len()).unwrap())?;
        draft.file()?.write_all(data).await?;
        Ok(())
    }

    #[tokio::test]
    async fn a_file_is_there_once_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path(), 100).await.unwrap();
        let job = Uuid::new_v4();
        let mut draft = files.begin(job).await.unwrap();
        write(&mut draft, b"words").await.unwrap();
        assert!(!files.path(job).exists());
        assert_eq!(files.jobs().await.unwrap(), [job]);
        let path = draft.finish().await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"words");
        assert_eq!((path, files.used()), (files.path(job), 5));
        files.remove(job).await.unwrap();
        assert_eq!((files.used(), files.jobs().await.unwrap()), (0, vec![]));
    }

    #[tokio::test]
    async fn all_files_share_one_budget() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path(), 10).await.unwrap();
        let mut first = files.begin(Uuid::new_v4()).await.unwrap();
        write(&mut first, b"sixsix").await.unwrap();
        let mut second = files.begin(Uuid::new_v4()).await.unwrap();
        let refused = write(&mut second, b"fives").await;
        assert!(matches!(refused, Err(FileFault::Budget)));
        drop(first);
        write(&mut second, b"fives").await.unwrap();
        drop(second);
        assert_eq!((files.used(), files.jobs().await.unwrap()), (0, vec![]));
    }

    #[tokio::test]
    async fn who_has_lost_a_job_does_not_touch_the_file_of_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path(), 100).await.unwrap();
        let job = Uuid::new_v4();
        let mut lost = files.begin(job).await.unwrap();
        write(&mut lost, b"old").await.unwrap();
        let mut next = files.begin(job).await.unwrap();
        write(&mut next, b"new").await.unwrap();
        assert!(lost.finish().await.is_err());
        let path = next.finish().await.unwrap();
        assert_eq!(std::fs::read(path).unwrap(), b"new");
    }

    #[tokio::test]
    async fn a_folder_keeps_its_name() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let first = Files::open(one.path(), 1).await.unwrap();
        let again = Files::open(one.path(), 1).await.unwrap();
        let elsewhere = Files::open(other.path(), 1).await.unwrap();
        assert_eq!(first.mark(), again.mark());
        assert_ne!(first.mark(), elsewhere.mark());
    }
}
