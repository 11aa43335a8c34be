//! `[jobs]`.

use std::path::{Path, PathBuf};
use std::time::Duration as StdDuration;

use portico_sdk::settings::{Duration, Fault, Size};
use portico_zip::Compression;
use serde::{Deserialize, Serialize};

use crate::plugin::NAME;

/// The settings.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where jobs and their files are kept; empty: `jobs` in the data directory.
    pub folder: String,
    /// Jobs that this process runs at one time.
    pub running: usize,
    /// Jobs of one user that run at one time, whichever processes run them.
    pub running_per_user: usize,
    /// Jobs that run or wait, all together.
    pub limit: usize,
    /// Jobs of one user that run or wait.
    pub limit_per_user: usize,
    /// How long a process that has died keeps a job.
    pub lease: Duration,
    /// How long a job goes on asking a store that does not answer.
    pub patience: Duration,
    /// Keys that are listed and deleted at one time.
    pub page: i32,
    /// How long a job may take from its submission, and its credential is kept for it.
    pub credential_ttl: Duration,
    /// How long archives and reports of deletions are kept.
    pub kept: Duration,
    /// How long counts are kept.
    pub counts_kept: Duration,
    /// The most that files of jobs take on the disk.
    pub disk: Size,
    /// Whether a finished archive stays until it expires, so that a download that broke off goes on.
    pub keep_zip: bool,
    /// How hard it is tried to make archives small that are made as jobs.
    pub zip_compression: Compression,
    /// Instant archives on their way at one time.
    pub streams: usize,
    /// The same, of one user.
    pub streams_per_user: usize,
    /// How long a link to an instant archive is good.
    pub link_ttl: Duration,
    /// The address of the API that links begin with; empty: they are paths.
    pub public_url: String,
    /// How long Redis may take for one step.
    pub redis_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            folder: String::new(),
            running: 8,
            running_per_user: 2,
            limit: 1000,
            limit_per_user: 20,
            lease: Duration::from_secs(15),
            patience: Duration(StdDuration::from_mins(2)),
            page: 1000,
            credential_ttl: Duration(StdDuration::from_hours(24)),
            kept: Duration(StdDuration::from_mins(10)),
            counts_kept: Duration(StdDuration::from_mins(5)),
            disk: Size(10 << 30),
            keep_zip: false,
            zip_compression: Compression::Fast,
            streams: 32,
            streams_per_user: 4,
            link_ttl: Duration::from_secs(60),
            public_url: String::new(),
            redis_timeout: Duration::from_secs(5),
        }
    }
}

impl Settings {
    /// Refuses what cannot work.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        let numbers = [
            ("running", self.running),
            ("running_per_user", self.running_per_user),
            ("limit", self.limit),
            ("limit_per_user", self.limit_per_user),
            ("streams", self.streams),
            ("streams_per_user", self.streams_per_user),
        ];
        if let Some((key, _)) = numbers.into_iter().find(|(_, number)| *number == 0) {
            return Err(Fault::key(NAME, key, "must be at least 1"));
        }
        if !(1..=1000).contains(&self.page) {
            return Err(Fault::key(NAME, "page", "must be from 1 to 1000"));
        }
        let times = [
            ("lease", self.lease),
            ("credential_ttl", self.credential_ttl),
            ("link_ttl", self.link_ttl),
            ("redis_timeout", self.redis_timeout),
        ];
        let least = Duration::from_secs(1);
        if let Some((key, _)) = times.into_iter().find(|(_, time)| *time < least) {
            return Err(Fault::key(NAME, key, "must be at least \"1s\""));
        }
        let web = ["http://", "https://"]
            .iter()
            .any(|scheme| self.public_url.starts_with(scheme));
        if !self.public_url.is_empty() && !web {
            let words = "must begin with \"https://\" or \"http://\", or be empty";
            return Err(Fault::key(NAME, "public_url", words));
        }
        Ok(())
    }

    /// Where jobs are kept, in a process that keeps its state there.
    pub(crate) fn folder(&self, data_directory: Option<&Path>) -> Result<PathBuf, Fault> {
        if !self.folder.is_empty() {
            return Ok(PathBuf::from(&self.folder));
        }
        let own = data_directory.map(|folder| folder.join("jobs"));
        own.ok_or_else(|| Fault::key(NAME, "folder", "must say where jobs are kept"))
    }
}
