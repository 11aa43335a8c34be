//! `[docs]`.

use portico_sdk::settings::Fault;
use serde::{Deserialize, Serialize};

pub(crate) const NAME: &str = "docs";

/// The settings.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whether the document and the page are served at all.
    pub enabled: bool,
    /// The path under which a proxy in front shows the REST API; empty: none.
    pub root_path: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: true,
            root_path: String::new(),
        }
    }
}

impl Settings {
    /// # Errors
    /// A root path that is no path.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        let path = &self.root_path;
        let odd = |byte: u8| !byte.is_ascii_graphic() || b"?#\"<>\\".contains(&byte);
        let is_path = path.starts_with('/') && !path.starts_with("//") && !path.bytes().any(odd);
        if path.is_empty() || is_path {
            return Ok(());
        }
        let words = "must be a path such as \"/store\", or empty";
        Err(Fault::key(NAME, "root_path", words))
    }
}
