//! `portico helper NAME`: what a plugin does in a process of its own.

use std::process::ExitCode;

use super::{EXIT_USAGE, say};
use crate::roster::ROSTER;

/// What the command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct HelperArgs {
    name: String,
    arguments: Vec<String>,
}

pub(crate) fn run(args: &HelperArgs) -> ExitCode {
    let mut helpers = ROSTER.iter().flat_map(|entry| entry.helpers);
    let Some(helper) = helpers.find(|helper| helper.name == args.name) else {
        say("there is no such helper in this program");
        return ExitCode::from(EXIT_USAGE);
    };
    (helper.run)(&args.arguments)
}
