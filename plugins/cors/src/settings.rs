//! `[cors]`.

use http::Uri;
use portico_sdk::settings::Fault;
use serde::{Deserialize, Serialize};

pub(crate) const NAME: &str = "cors";

/// The settings.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The origins whose pages may use the REST API, cookies and all; empty: every page, without its
    /// browser's own credentials.
    pub origins: Vec<String>,
}

impl Settings {
    /// # Errors
    /// What can be no origin.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        if self.origins.iter().all(|origin| is_origin(origin)) {
            return Ok(());
        }
        let words = "an origin is scheme, host and port, such as \"https://front.example\"";
        Err(Fault::key(NAME, "origins", words))
    }
}

/// As browsers write them (RFC 6454 section 6.2).
fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else {
        return false;
    };
    uri.scheme().is_some() && uri.authority().is_some() && !text.ends_with('/') && uri.path() == "/"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_no_path() {
        for good in ["https://a.example", "http://localhost:5173"] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "*",
            "a.example",
            "https://a.example/",
            "https://a.example/x",
            "",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }
}
