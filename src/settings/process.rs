//! `[process]`: threads, signals and the files that the process keeps for itself.

use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use portico_sdk::settings::Duration;
use serde::{Deserialize, Serialize};

/// The process.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProcessSettings {
    /// Where state is kept; empty: see [`Settings::data_directory`](super::Settings::data_directory).
    pub data_directory: String,
    /// Threads that serve exchanges; 0: as many as the machine has cores.
    pub threads: usize,
    /// How long the process waits after SIGTERM or SIGQUIT before it begins to end. The wait is
    /// always its full length, even when nothing is going on.
    pub grace_period: Duration,
    /// How long exchanges may take to finish after that.
    pub shutdown_timeout: Duration,
    /// The socket over which the next process takes the listeners; empty: in the data directory.
    pub upgrade_socket: String,
    /// Where the process number is written; empty: nowhere.
    pub pid_file: String,
}

impl Default for ProcessSettings {
    fn default() -> Self {
        Self {
            data_directory: String::new(),
            threads: 0,
            grace_period: Duration::from_secs(1),
            shutdown_timeout: Duration::from_secs(30),
            upgrade_socket: String::new(),
            pid_file: String::new(),
        }
    }
}

impl ProcessSettings {
    /// The number of threads, at least one.
    #[must_use]
    pub fn threads(&self) -> usize {
        match self.threads {
            0 => available_parallelism().map_or(1, usize::from),
            threads => threads,
        }
    }

    /// The socket for upgrades.
    #[must_use]
    pub fn upgrade_socket(&self, data_directory: &Path) -> PathBuf {
        match self.upgrade_socket.as_str() {
            "" => data_directory.join("upgrade.sock"),
            path => PathBuf::from(path),
        }
    }
}
