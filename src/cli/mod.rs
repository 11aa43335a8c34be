//! The command line: one file a command.

mod check;
mod credentials;
#[cfg(feature = "simulator")]
mod demo;
mod hash_password;
mod helper;
mod run;

use std::error::Error as StdError;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The exit code of a configuration that cannot be used (`EX_USAGE` of sysexits.h).
const EXIT_USAGE: u8 = 64;

/// The front door of an object store.
#[derive(Debug, Parser)]
#[command(version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until a signal ends it.
    Run(run::RunArgs),
    /// Read the configuration, name every fault, and serve nothing.
    Check(Configuration),
    /// Serve in front of a simulated HCP with sample data.
    #[cfg(feature = "simulator")]
    Demo(demo::DemoArgs),
    /// Log in and print credentials for the AWS `credential_process` setting.
    Credentials(credentials::CredentialsArgs),
    /// Read a password from standard input, or ask for it, and print its hash for `[auth] users`.
    HashPassword,
    /// Do a plugin's work in a process of its own, as the house begins it.
    #[command(name = portico_sdk::helper::COMMAND, hide = true)]
    Helper(helper::HelperArgs),
}

/// Where the configuration is.
#[derive(Debug, clap::Args)]
pub(crate) struct Configuration {
    /// The TOML file; without one, defaults and the environment count alone.
    #[arg(long, value_name = "FILE")]
    conf: Option<PathBuf>,
}

/// Runs the command of the process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Check(configuration) => check::check(&configuration),
        #[cfg(feature = "simulator")]
        Command::Demo(args) => demo::run(&args).map_err(Into::into),
        Command::Credentials(args) => credentials::run(&args).map_err(Into::into),
        Command::HashPassword => hash_password::run(),
        Command::Helper(args) => return helper::run(&args),
    };
    outcome.map_or_else(|error| fail(error.as_ref()), |()| ExitCode::SUCCESS)
}

/// What a command ends with.
pub(crate) type Outcome = Result<(), Box<dyn StdError>>;

fn fail(error: &(dyn StdError + 'static)) -> ExitCode {
    let unusable = error.downcast_ref::<crate::settings::Faults>().is_some();
    say(&portico_sdk::error::chain(error));
    if unusable {
        ExitCode::from(EXIT_USAGE)
    } else {
        ExitCode::FAILURE
    }
}

/// Writes a line for the person at the terminal.
#[expect(clippy::print_stderr, reason = "a command line talks to its user")]
pub(crate) fn say(line: &str) {
    eprintln!("{line}");
}
