//! Faults that can be switched on at run time: what a test wants to go wrong next.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::Method;
use serde::{Deserialize, Serialize};

use crate::recorder::Port;

/// One kind of trouble.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Trouble {
    /// Wait before the request is looked at.
    Latency {
        /// How long, in milliseconds.
        millis: u64,
    },
    /// Answer 503 `ServiceUnavailable`; the body is not read.
    Unavailable,
    /// Answer with this status and an empty body; the request's body is not read.
    Status {
        /// From 200 to 999; anything else becomes 500.
        status: u16,
        /// The text of `X-HCP-ErrorMessage`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// Do all the work, then close the connection after the first bytes of the response head.
    CutHead,
    /// Close the connection in the middle of the response body.
    CutResponse {
        /// How many body bytes still arrive.
        after: u64,
    },
    /// Close the connection while the request body is still coming; nothing is stored.
    CutRequest {
        /// How many body bytes are read first.
        after: u64,
    },
    /// A listing shows an object as if its deletion had not happened yet.
    ListingLag,
    /// A listing comes back empty.
    EmptyListing,
}

/// A trouble, how often it strikes, and which requests it strikes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What happens.
    pub trouble: Trouble,
    /// How many matching requests are struck before the fault is used up. For `ListingLag` this
    /// is how many listings still show each object that is deleted while the fault is set; that
    /// fault stays until it is cleared.
    #[serde(default = "once")]
    pub times: u32,
    /// Only requests of this method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only requests whose path and query contain this text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Only requests that come in by this listener.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<Port>,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// A fault that strikes the next request, whatever it is.
    #[must_use]
    pub fn new(trouble: Trouble) -> Self {
        Self {
            trouble,
            times: 1,
            method: None,
            path: None,
            port: None,
        }
    }

    /// Strikes this many requests.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Only requests of this method.
    #[must_use]
    pub fn method(mut self, method: &Method) -> Self {
        self.method = Some(method.as_str().to_owned());
        self
    }

    /// Only requests whose path and query contain this text.
    #[must_use]
    pub fn path(mut self, part: impl Into<String>) -> Self {
        self.path = Some(part.into());
        self
    }

    /// Only requests that come in by this listener.
    #[must_use]
    pub fn port(mut self, port: Port) -> Self {
        self.port = Some(port);
        self
    }

    fn strikes(&self, port: Port, method: &Method, path: &str) -> bool {
        self.times > 0
            && self.port.is_none_or(|wanted| wanted == port)
            && self.method.as_deref().is_none_or(|m| m == method.as_str())
            && self.path.as_deref().is_none_or(|part| path.contains(part))
    }

    fn lasts(&self) -> bool {
        matches!(self.trouble, Trouble::ListingLag)
    }
}

/// What is to go wrong with one request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    pub(crate) latency: Duration,
    pub(crate) unavailable: bool,
    /// A status and the text of `X-HCP-ErrorMessage`.
    pub(crate) status: Option<(u16, Option<String>)>,
    pub(crate) cut_head: bool,
    pub(crate) cut_response: Option<u64>,
    pub(crate) cut_request: Option<u64>,
    pub(crate) lag: u32,
    pub(crate) empty_listing: bool,
}

/// The faults that are set, in the order in which they were set.
#[derive(Default)]
pub(crate) struct Faults {
    set: Mutex<Vec<Fault>>,
}

impl Faults {
    pub(crate) fn add(&self, fault: Fault) {
        self.lock().push(fault);
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// Uses up one strike of every fault that matches.
    pub(crate) fn plan(&self, port: Port, method: &Method, path: &str) -> Plan {
        let mut plan = Plan::default();
        let mut set = self.lock();
        let struck = |fault: &&mut Fault| fault.strikes(port, method, path);
        for fault in set.iter_mut().filter(struck) {
            plan.add(fault);
            if !fault.lasts() {
                fault.times -= 1;
            }
        }
        set.retain(|fault| fault.times > 0);
        plan
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Plan {
    fn add(&mut self, fault: &Fault) {
        match &fault.trouble {
            Trouble::Latency { millis } => self.latency += Duration::from_millis(*millis),
            Trouble::Status { status, message } => self.status = Some((*status, message.clone())),
            Trouble::Unavailable => self.unavailable = true,
            Trouble::CutHead => self.cut_head = true,
            Trouble::CutResponse { after } => self.cut_response = Some(*after),
            Trouble::CutRequest { after } => self.cut_request = Some(*after),
            Trouble::ListingLag => self.lag = fault.times,
            Trouble::EmptyListing => self.empty_listing = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_as_often_as_asked_and_only_where_asked() {
        let faults = Faults::default();
        faults.add(
            Fault::new(Trouble::Unavailable)
                .times(2)
                .method(&Method::PUT)
                .path("/photos/"),
        );
        let struck = |method, path| faults.plan(Port::Data, &method, path).unavailable;
        assert!(!struck(Method::GET, "/photos/a"));
        assert!(!struck(Method::PUT, "/maps/a"));
        assert!(struck(Method::PUT, "/photos/a"));
        assert!(struck(Method::PUT, "/photos/b"));
        assert!(!struck(Method::PUT, "/photos/c"));
    }

    #[test]
    fn a_fault_may_strike_one_listener_only() {
        let faults = Faults::default();
        let refusal = Trouble::Status {
            status: 409,
            message: Some("no".to_owned()),
        };
        faults.add(Fault::new(refusal).port(Port::Mapi));
        let struck = |port| faults.plan(port, &Method::GET, "/").status;
        assert_eq!(struck(Port::Data), None);
        assert_eq!(struck(Port::Mapi), Some((409, Some("no".to_owned()))));
        assert_eq!(struck(Port::Mapi), None);
    }

    #[test]
    fn faults_read_as_json() {
        let text = r#"{"trouble":{"kind":"cut-response","after":10},"path":"x"}"#;
        let fault: Fault = serde_json::from_str(text).unwrap();
        let wanted = Fault::new(Trouble::CutResponse { after: 10 }).path("x");
        assert_eq!(fault, wanted);
    }
}
