//! `portico check`: is the configuration usable?

use super::{Configuration, Outcome, say};
use crate::house;

/// Reads the configuration and puts the house together, without opening a socket.
pub(super) fn check(configuration: &Configuration) -> Outcome {
    let mut settings = house::load(configuration.conf.as_deref())?;
    house::build(&mut settings)?;
    for warning in &settings.warnings {
        say(&format!("warning: {warning}"));
    }
    say("the configuration is usable");
    Ok(())
}
