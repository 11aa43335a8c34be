//! `[process]`: threads, signals and the files that the process keeps for itself.

use std::thread::available_parallelism;

use portico_sdk::settings::{Duration, Fault};
use serde::{Deserialize, Serialize};

/// The process.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProcessSettings {
    /// Where state is kept; empty: see [`Settings::data_directory`](super::Settings::data_directory).
    pub data_directory: String,
    /// Threads that serve exchanges; 0: as many as the machine has cores.
    pub threads: usize,
    /// How long kept connections may bring one more request after SIGTERM or SIGQUIT. The wait is
    /// always its full length, even when nothing is going on.
    pub grace_period: Duration,
    /// How long exchanges may take to finish after that; the process ends with the last one.
    pub shutdown_timeout: Duration,
    /// The socket over which the next process takes the listeners over; empty: see
    /// [`Settings::upgrade_socket`](super::Settings::upgrade_socket).
    pub upgrade_socket: String,
    /// How often the files of certificates are looked at for changes; zero: only at SIGHUP.
    pub reload_interval: Duration,
}

impl Default for ProcessSettings {
    fn default() -> Self {
        Self {
            data_directory: String::new(),
            threads: 0,
            grace_period: Duration::from_secs(1),
            shutdown_timeout: Duration::from_secs(30),
            upgrade_socket: String::new(),
            reload_interval: Duration::from_secs(30),
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

    /// The engine counts these in whole seconds.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let waits = [
            ("grace_period", self.grace_period),
            ("shutdown_timeout", self.shutdown_timeout),
        ];
        waits
            .into_iter()
            .filter(|(_, wait)| wait.0.subsec_nanos() != 0)
            .map(|(key, _)| Fault::key("process", key, "expected whole seconds, such as \"2s\""))
            .collect()
    }
}
