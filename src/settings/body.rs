//! `[[limits.body]]`: how large the body of which request may be.

use portico_sdk::settings::{Fault, Size};
use serde::{Deserialize, Serialize};

/// A way into the house, as settings name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DoorName {
    /// The S3 door.
    S3,
    /// HCP's own paths, which go on untouched.
    Native,
    /// The Management API.
    Mapi,
    /// The metadata query service.
    Query,
    /// REST.
    Rest,
}

/// One row. Everything that it names must fit.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BodySettings {
    /// The largest body as it is sent; zero: of any size.
    pub size: Size,
    /// Where the request came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<DoorName>,
    /// The operation as in metrics, such as `PutObject`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// What the path as sent begins with, such as `/api/v1/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

impl BodySettings {
    pub(super) fn fault(&self) -> Option<Fault> {
        let refuse = |words| Some(Fault::key("limits", "body", words));
        if self.door.is_none() && self.operation.is_none() && self.path.is_none() {
            return refuse(
                "a row names a `door`, an `operation` or a `path`; `max_body_size` is for all",
            );
        }
        if self
            .path
            .as_ref()
            .is_some_and(|path| !path.starts_with('/'))
        {
            return refuse("a `path` begins with a slash, such as \"/api/v1/\"");
        }
        None
    }
}
