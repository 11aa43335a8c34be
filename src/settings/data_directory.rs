//! Where state is kept when nothing says where.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// The places that are tried, in this order.
#[derive(Debug, Clone, Default)]
pub(super) struct Candidates {
    lasting: Vec<PathBuf>,
}

impl Candidates {
    /// The places that the environment names.
    pub(super) fn new(variable: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |name| variable(name).filter(|value| !value.is_empty());
        // systemd gives a list when the unit names several.
        let state =
            variable("STATE_DIRECTORY").and_then(|list| list.split(':').next().map(PathBuf::from));
        let xdg = variable("XDG_STATE_HOME").map(|home| PathBuf::from(home).join("portico"));
        let home = variable("HOME").map(|home| PathBuf::from(home).join(".local/state/portico"));
        let system = Some(PathBuf::from("/var/lib/portico"));
        let all = [state, xdg, home, system];
        Self {
            lasting: all
                .into_iter()
                .flatten()
                .filter(|path| path.is_absolute())
                .collect(),
        }
    }

    /// The first place that can be written to; it exists then.
    pub(super) fn first(&self) -> Option<PathBuf> {
        self.lasting.iter().find(|path| make(path).is_ok()).cloned()
    }

    /// What was tried, for a fault.
    pub(super) fn names(&self) -> String {
        let names: Vec<_> = self
            .lasting
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        names.join(", ")
    }
}

/// A place of our own in the shared temporary folder, for containers that can write nowhere else.
///
/// # Errors
/// It cannot be made, or somebody else owns or can write to it.
pub(super) fn temporary(parent: &Path) -> io::Result<PathBuf> {
    let path = parent.join("portico");
    let probe = make(&path)?;
    let found = fs::symlink_metadata(&path)?;
    if !found.is_dir() || found.uid() != probe || found.mode() & 0o077 != 0 {
        return Err(io::Error::other("it is open to other users"));
    }
    Ok(path)
}

/// Makes the directory, tries to write into it, and tells whose files we write (a user number).
///
/// # Errors
/// The reason why it cannot be used.
pub(super) fn make(path: &Path) -> io::Result<u32> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let probe = path.join(format!(".probe-{}", std::process::id()));
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&probe)?;
    let owner = file.metadata()?.uid();
    fs::remove_file(&probe)?;
    Ok(owner)
}
