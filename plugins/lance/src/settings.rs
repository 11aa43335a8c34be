//! `[lance]`.

use std::thread::available_parallelism;

use portico_sdk::settings::{Duration, Fault, Size};
use serde::{Deserialize, Serialize};

/// The settings.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Threads that queries run on, beside those of the proxy, and processors that they keep to; 0: half of the
    /// processors.
    pub threads: usize,
    /// Queries that run at one time; whoever comes beyond is asked to come again.
    pub max_queries: usize,
    /// How long a query may take.
    pub max_time: Duration,
    /// How long a write to a table may take.
    pub max_write_time: Duration,
    /// What the rows of one answer may take in memory, and what is read ahead for them.
    pub max_memory: Size,
    /// The largest body that is taken in as rows.
    pub max_upload: Size,
    /// What the rows of one body may come to in memory: compressed ones are larger than they look.
    pub max_decoded: Size,
    /// Writes at one time: bodies that are taken in, each whole in memory, and tables that go.
    pub max_uploads: usize,
    /// Indices that are built at one time; others wait.
    pub max_builds: usize,
    /// Sessions kept: one for each credential and dataset.
    pub sessions: u64,
    /// How long a session is kept that nobody uses. It holds a secret in memory.
    pub session_idle: Duration,
    /// What one session keeps of indices.
    pub index_cache: Size,
    /// What one session keeps of manifests and the heads of files.
    pub metadata_cache: Size,
    /// What all sessions together keep of tables' data, each for its own caller; 0: nothing.
    pub data_cache: Size,
    /// How long that is kept.
    pub data_cache_ttl: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            threads: 0,
            max_queries: 16,
            max_time: Duration::from_secs(30),
            max_write_time: Duration::from_secs(300),
            max_memory: Size(64 << 20),
            max_upload: Size(256 << 20),
            max_decoded: Size(1 << 30),
            max_uploads: 4,
            max_builds: 1,
            sessions: 32,
            session_idle: Duration::from_secs(600),
            index_cache: Size(64 << 20),
            metadata_cache: Size(8 << 20),
            data_cache: Size(256 << 20),
            data_cache_ttl: Duration::from_secs(300),
        }
    }
}

impl Settings {
    /// Refuses what cannot work.
    ///
    /// # Errors
    /// Nothing at all of some kind could be done.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        let fault = |key, words: &str| Err(Fault::key("lance", key, words));
        if self.max_queries == 0 {
            return fault("max_queries", "no query could run: 1 or more");
        }
        if self.max_uploads == 0 {
            return fault("max_uploads", "nothing could be written: 1 or more");
        }
        if self.max_builds == 0 {
            return fault("max_builds", "no index could be built: 1 or more");
        }
        if self.max_memory.0 < 1 << 20 {
            return fault("max_memory", "a single batch takes more: 1 MiB or more");
        }
        Ok(())
    }

    /// How many processors queries keep to.
    pub(crate) fn processors(&self) -> usize {
        let half = || available_parallelism().map_or(1, |all| all.get() / 2);
        match self.threads {
            0 => half().max(1),
            threads => threads,
        }
    }

    /// How many threads there are.
    pub(crate) fn workers(&self) -> usize {
        match self.threads {
            // With one alone whatever does not pause would keep everybody waiting.
            0 => self.processors().max(2),
            threads => threads,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_work_is_refused() {
        assert!(Settings::default().check().is_ok());
        let faulty: [fn(&mut Settings); 4] = [
            |settings| settings.max_queries = 0,
            |settings| settings.max_uploads = 0,
            |settings| settings.max_builds = 0,
            |settings| settings.max_memory = Size(0),
        ];
        for spoil in faulty {
            let mut settings = Settings::default();
            spoil(&mut settings);
            assert!(settings.check().is_err(), "{settings:?}");
        }
    }
}
