//! Settings that change while the process runs: all that are new at once, or none.

use serde::de::DeserializeOwned;

use crate::settings::{Fault, Section};

/// Puts new settings in the place of the old ones. It cannot fail: all that can has been done.
pub type Change = Box<dyn FnOnce() + Send>;

type Prepare = Box<dyn Fn(Section) -> Result<Change, Vec<Fault>> + Send + Sync>;

/// Keys of one table of the configuration that can change, and how they do.
pub struct Reloadable {
    /// The name of the table.
    pub section: &'static str,
    /// Its keys that can change; with any other key the process has to start again.
    pub keys: &'static [&'static str],
    prepare: Prepare,
}

impl Reloadable {
    /// Keys of a table whose new settings `prepare` gets, all of them.
    pub fn new<S: DeserializeOwned>(
        section: &'static str,
        keys: &'static [&'static str],
        prepare: impl Fn(S) -> Result<Change, Fault> + Send + Sync + 'static,
    ) -> Self {
        Self {
            section,
            keys,
            prepare: Box::new(move |section| prepare(section.read()?).map_err(|fault| vec![fault])),
        }
    }

    /// Does all that can fail.
    ///
    /// # Errors
    /// What is wrong with the new table; nothing has changed then.
    pub fn prepare(&self, section: Section) -> Result<Change, Vec<Fault>> {
        (self.prepare)(section)
    }
}

impl std::fmt::Debug for Reloadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reloadable")
            .field("section", &self.section)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}
