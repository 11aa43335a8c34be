//! Work in a process of its own: this program once more, which may die and take nobody along.

use std::process::{Command, ExitCode};

/// The command under which the program runs helpers; whoever types commands is not told of it.
pub const COMMAND: &str = "helper";

/// A part of a plugin that runs as `portico helper NAME`.
///
/// For what cannot be kept from aborting the process or from filling its memory, such as a reader of files
/// that believes what they say of themselves.
#[derive(Debug, Clone, Copy)]
pub struct Helper {
    /// Its name, of which there is one in the whole roster.
    pub name: &'static str,
    /// What it does with the arguments behind its name. It has no configuration, no log and no threads but
    /// its own.
    pub run: fn(&[String]) -> ExitCode,
}

impl Helper {
    /// The command that begins it, to which arguments and pipes are added. Its environment is empty, so that
    /// no secret is in it. Not for tests: there this program is the tests.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(program());
        command.arg(COMMAND).arg(self.name).env_clear();
        command
    }
}

/// This program, even after another has taken its place on the disk.
#[cfg(target_os = "linux")]
fn program() -> std::path::PathBuf {
    "/proc/self/exe".into()
}

#[cfg(not(target_os = "linux"))]
fn program() -> std::path::PathBuf {
    std::env::current_exe().unwrap_or_else(|_| "portico".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_helper_is_this_program_with_nothing_in_its_environment() {
        let helper = Helper {
            name: "none",
            run: |_| ExitCode::SUCCESS,
        };
        // Never begun here: this program would be the tests, and so begin itself without end.
        let command = helper.command();
        let arguments: Vec<_> = command.get_args().collect();
        assert_eq!(arguments, [COMMAND, "none"]);
        let told = format!("{command:?}");
        assert!(told.starts_with("env -i "), "{told}");
    }
}
