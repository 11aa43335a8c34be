//! `portico run`: serve until a signal ends it.

use super::{Configuration, Outcome};
use crate::house;
use crate::server::Portico;

/// Reads the configuration, puts the house together and opens its doors.
pub(super) fn run(configuration: &Configuration) -> Outcome {
    let mut settings = house::load(configuration.conf.as_deref())?;
    let built = house::build(&mut settings)?;
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    Portico::new(&settings, built)?.run();
    Ok(())
}
