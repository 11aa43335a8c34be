//! `[objects]`.

use portico_sdk::settings::{Fault, Size};
use serde::{Deserialize, Serialize};

/// The settings.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What uploads through forms may hold in memory at one time, all together.
    pub upload_memory: Size,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            upload_memory: Size(512 << 20),
        }
    }
}

impl Settings {
    /// Refuses what cannot work.
    ///
    /// # Errors
    /// Memory for not even one upload.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        if self.upload_memory.0 < 32 << 20 {
            let words = "one upload alone takes up to 32 MiB";
            return Err(Fault::key("objects", "upload_memory", words));
        }
        Ok(())
    }
}
