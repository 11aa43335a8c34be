//! What arrived lately, so that a test can assert what a gateway really sent.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use serde::{Deserialize, Serialize};

/// How many requests are remembered.
const KEPT: usize = 4096;
const SECRET_HEADERS: [&str; 2] = ["authorization", "cookie"];

/// Which listener a request came in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Port {
    /// HTTPS for S3, the stand-in for 443.
    Data,
    /// Plain HTTP for S3, the stand-in for 80.
    Plain,
    /// HTTPS for the Management API, the stand-in for 9090.
    Mapi,
}

/// One request as it arrived, and how it was answered.
#[derive(Clone, Serialize)]
pub struct RequestRecord {
    /// The listener.
    pub port: Port,
    /// The method, upper case.
    pub method: String,
    /// The `Host` header, as sent.
    pub host: String,
    /// Path and query, as sent.
    pub path: String,
    /// Header names in lower case, in order of arrival; `authorization` is in it, unlike in `Debug`.
    pub headers: Vec<(String, String)>,
    /// The status of the response head; 0 when the connection was cut instead.
    pub status: u16,
    /// Bytes of the body that had arrived when the response began.
    pub received: u64,
    /// The body of a management request, as text. Bodies of S3 requests are not kept. It may hold
    /// passwords, as may the path; `Debug` shows neither.
    pub body: String,
}

impl RequestRecord {
    /// The first header of this name (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for RequestRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(name, value): &(String, String)| {
            let secret = SECRET_HEADERS.contains(&name.as_str());
            (
                name.clone(),
                if secret {
                    "…".to_owned()
                } else {
                    value.clone()
                },
            )
        };
        f.debug_struct("RequestRecord")
            .field("port", &self.port)
            .field("method", &self.method)
            .field("host", &self.host)
            .field("path", &without_password(&self.path))
            .field(
                "headers",
                &self.headers.iter().map(shown).collect::<Vec<_>>(),
            )
            .field("status", &self.status)
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}

/// Management requests carry new passwords in their queries.
fn without_password(path: &str) -> String {
    let Some((path, query)) = path.split_once('?') else {
        return path.to_owned();
    };
    let shown = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if name.to_ascii_lowercase().contains("password") => format!("{name}=…"),
        _ => pair.to_owned(),
    };
    let query: Vec<_> = query.split('&').map(shown).collect();
    format!("{path}?{}", query.join("&"))
}

pub(crate) fn header_list(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = headers.iter();
    headers
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect()
}

/// A bounded log; the oldest request falls out first.
#[derive(Default)]
pub(crate) struct Recorder {
    records: Mutex<VecDeque<RequestRecord>>,
}

impl Recorder {
    pub(crate) fn add(&self, record: RequestRecord) {
        let mut records = self.lock();
        if records.len() == KEPT {
            records.pop_front();
        }
        records.push_back(record);
    }

    pub(crate) fn all(&self) -> Vec<RequestRecord> {
        self.lock().iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<RequestRecord>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_do_not_show() {
        let path = "/mapi/tenants?username=ann&password=hush&forcePasswordChange=x";
        let shown = "/mapi/tenants?username=ann&password=…&forcePasswordChange=…";
        assert_eq!(without_password(path), shown);
        assert_eq!(without_password("/mapi/tenants"), "/mapi/tenants");
    }
}
