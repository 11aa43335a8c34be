//! `portico run`: serve until a signal ends it.

use super::{Configuration, Outcome};
use crate::house;
use crate::server::{Again, Handover, Portico};

/// The arguments of `portico run`.
#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    configuration: Configuration,
    /// Take the listeners over from the process that serves now; then send SIGQUIT to that one
    #[arg(long)]
    upgrade: bool,
}

/// Reads the configuration, puts the house together and opens its doors.
pub(super) fn run(args: &RunArgs) -> Outcome {
    let mut settings = house::load(args.configuration.conf.as_deref())?;
    let built = house::build(&mut settings)?;
    let handover = Handover {
        socket: settings.upgrade_socket()?,
        take: args.upgrade,
    };
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    let conf = args.configuration.conf.clone();
    let again: Again = Box::new(move || house::load(conf.as_deref()));
    Portico::new(&settings, built, &handover, Some(again))?.run();
    Ok(())
}
