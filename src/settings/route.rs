//! `[route]` and `[limits]`: which hosts are ours, and how long a client may take.

use portico_sdk::settings::{Duration, Fault};
use portico_sdk::tenant::Tenant;
use serde::{Deserialize, Serialize};

use super::upstream::is_host_name;

/// What host names mean.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct RouteSettings {
    /// Names under which Portico itself stands, beside the store's own domain.
    pub domains: Vec<String>,
    /// The tenant of requests whose host names none; empty: none.
    pub default_tenant: String,
    /// Whether requests under HCP's own names that nobody here claims go on to HCP untouched.
    pub passthrough: bool,
}

impl Default for RouteSettings {
    fn default() -> Self {
        Self {
            domains: Vec::new(),
            default_tenant: String::new(),
            passthrough: true,
        }
    }
}

impl RouteSettings {
    /// The tenant of requests where neither host nor credential names one.
    #[must_use]
    pub fn default_tenant(&self) -> Option<Tenant> {
        self.default_tenant.parse().ok()
    }

    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !self.default_tenant.is_empty() && self.default_tenant().is_none() {
            let message = "expected a tenant's name: letters, digits and inner dashes, at most 63";
            faults.push(Fault::key("route", "default_tenant", message));
        }
        if !self.domains.iter().all(|domain| is_host_name(domain)) {
            let message = "expected host names such as \"s3.example.com\", without scheme or port";
            faults.push(Fault::key("route", "domains", message));
        }
        faults
    }
}

/// How long a client may take.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Between two reads from a client.
    pub read_timeout: Duration,
    /// Between two writes to a client.
    pub write_timeout: Duration,
    /// Between two requests on a kept connection.
    pub idle_timeout: Duration,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            read_timeout: Duration::from_secs(60),
            write_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(75),
        }
    }
}

impl LimitSettings {
    pub(super) fn faults(&self) -> Vec<Fault> {
        let timeouts = [
            ("read_timeout", self.read_timeout),
            ("write_timeout", self.write_timeout),
            ("idle_timeout", self.idle_timeout),
        ];
        zero_timeouts("limits", &timeouts)
    }
}

/// A timeout of zero would end everything before it begins.
pub(super) fn zero_timeouts(section: &str, timeouts: &[(&'static str, Duration)]) -> Vec<Fault> {
    timeouts
        .iter()
        .filter(|(_, timeout)| timeout.0.is_zero())
        .map(|(key, _)| Fault::key(section, key, "expected more than zero"))
        .collect()
}
