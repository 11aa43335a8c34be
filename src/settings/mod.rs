//! The settings of the process: the core's own sections, typed, and those of the plugins, raw.
//!
//! They are read from a TOML file, then from a `.env` file, then from the environment; what comes
//! later wins. Every fault is found in one go and names its line or its variable, and never what
//! was written there.

mod admin;
mod authorities;
mod body;
mod data_directory;
mod documented;
mod dotenv;
mod endpoint;
mod environment;
mod faults;
mod legacy;
mod listeners;
mod load;
mod process;
mod redis;
mod route;
mod source;
#[cfg(test)]
mod tests;
mod upstream;
mod whole;

use std::collections::BTreeMap;
use std::path::PathBuf;

use portico_sdk::settings::{Fault, Section, Value};

pub use admin::AdminSettings;
pub use body::{BodySettings, DoorName};
pub use documented::{differing_defaults, missing_settings};
pub use environment::environment;
pub use faults::Faults;
pub use legacy::legacy_names;
pub use listeners::{ListenerSettings, Listeners};
pub use load::{core_defaults, load};
pub use process::ProcessSettings;
pub use redis::{RedisMode, RedisSettings};
pub use route::{LimitSettings, RouteSettings};
pub use source::Source;
pub use upstream::UpstreamSettings;
pub use whole::differences;

use data_directory::Candidates;

/// Bytes of a socket's path, without the zero at its end (unix(7)).
const LONGEST_SOCKET: usize = 107;

/// All settings.
#[derive(Debug)]
pub struct Settings {
    /// `[process]`.
    pub process: ProcessSettings,
    /// `[listeners.*]`.
    pub listeners: Listeners,
    /// `[route]`.
    pub route: RouteSettings,
    /// `[limits]`.
    pub limits: LimitSettings,
    /// `[upstream]`.
    pub upstream: UpstreamSettings,
    /// `[admin]`.
    pub admin: AdminSettings,
    /// `[redis]`.
    pub redis: RedisSettings,
    /// The plugins' sections, by name; only of plugins that exist.
    pub sections: BTreeMap<String, Section>,
    /// What works but should be known to whoever runs this: to be logged once at start.
    pub warnings: Vec<String>,
    /// Where everything was written: gives the faults that plugins find their places.
    pub source: Source,
    /// All of it in one tree, with every default.
    pub whole: Value,
    candidates: Candidates,
}

impl Settings {
    /// The directory for state, which exists then and can be written to.
    ///
    /// Without `process.data_directory` it is the first that can be used of `$STATE_DIRECTORY`,
    /// `$XDG_STATE_HOME/portico`, `~/.local/state/portico` and `/var/lib/portico`. In a container
    /// that can write nowhere else it is a private one in the temporary folder, with a warning.
    ///
    /// # Errors
    /// None can be used.
    pub fn data_directory(&mut self) -> Result<PathBuf, Faults> {
        let refuse = |message| {
            let fault = Fault::key("process", "data_directory", message);
            self.source.faults([fault])
        };
        if !self.process.data_directory.is_empty() {
            let path = PathBuf::from(&self.process.data_directory);
            return match data_directory::make(&path) {
                Ok(_) => Ok(path),
                Err(error) => Err(refuse(format!(
                    "{} cannot be used: {error}",
                    path.display()
                ))),
            };
        }
        if let Some(path) = self.candidates.first() {
            return Ok(path);
        }
        let tried = self.candidates.names();
        let path = data_directory::temporary(&std::env::temp_dir()).map_err(|_| {
            refuse(format!(
                "none of {tried} can be written to; name one that can"
            ))
        })?;
        self.warnings.push(format!(
            "state is kept in {} and may be lost at a restart, because none of {tried} can be \
             written to; set [process] data_directory",
            path.display()
        ));
        Ok(path)
    }

    /// The socket over which the next process takes the listeners over.
    ///
    /// Without `process.upgrade_socket` it lies in the data directory.
    ///
    /// # Errors
    /// The data directory cannot be used, or the path is too long for a socket.
    pub fn upgrade_socket(&mut self) -> Result<PathBuf, Faults> {
        let (key, socket) = match self.process.upgrade_socket.as_str() {
            "" => (
                "data_directory",
                self.data_directory()?.join("upgrade.sock"),
            ),
            path => ("upgrade_socket", PathBuf::from(path)),
        };
        if socket.as_os_str().len() <= LONGEST_SOCKET {
            return Ok(socket);
        }
        let message =
            format!("expected a shorter path: a socket's has {LONGEST_SOCKET} bytes at most");
        Err(self.source.faults([Fault::key("process", key, message)]))
    }
}
