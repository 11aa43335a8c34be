//! `[route]` and `[limits]`: which hosts are ours, how long a client may take, and how often it may
//! be wrong about who it is.

use portico_sdk::brake::Rate;
use portico_sdk::load::LoadLimits;
use portico_sdk::settings::{Duration, Fault, Size};
use portico_sdk::tenant::Tenant;
use serde::{Deserialize, Serialize};

use super::body::BodySettings;
use super::upstream::is_host_name;

const LEAST_HEAD: u64 = 1 << 10;
const LARGEST_HEAD: u64 = 1 << 20;
/// The longest that an answer may be held back.
const LONGEST_WAIT: std::time::Duration = std::time::Duration::from_mins(1);

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

/// What a client may take, and how long.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Between two reads from a client.
    pub read_timeout: Duration,
    /// Between two writes to a client.
    pub write_timeout: Duration,
    /// Between two requests on a kept connection.
    pub idle_timeout: Duration,
    /// For the whole head of a request; for the first one TLS and PROXY preamble are in it.
    pub header_timeout: Duration,
    /// For a whole exchange; zero: as long as it takes.
    pub total_timeout: Duration,
    /// The request line and all headers.
    pub max_header_size: Size,
    /// A request's body as it is sent; zero: of any size.
    pub max_body_size: Size,
    /// The same for some requests; the first row that fits counts, in place of `max_body_size`.
    pub body: Vec<BodySettings>,
    /// Exchanges under way at once; 0: any number.
    pub max_requests: usize,
    /// The same of one principal; 0: any number.
    pub requests_per_principal: usize,
    /// How late the process may be all the time before a share of new requests is refused; zero: never
    /// mind.
    pub shed_above: Duration,
    /// Connections at once; 0: what the limit of open files allows.
    pub max_connections: usize,
    /// Connections of one address at once, or of one IPv6 network of 64 bits; 0: any number.
    pub connections_per_address: usize,
    /// How many failed proofs an address and a user have at once.
    pub failed_proofs_burst: u32,
    /// How many a minute after that; 0: failed proofs are not slowed down.
    pub failed_proofs_per_minute: u32,
    /// The longest that the answer to one is held back.
    pub slow_down_at_most: Duration,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            read_timeout: Duration::from_secs(60),
            write_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(75),
            header_timeout: Duration::from_secs(30),
            total_timeout: Duration::from_secs(24 * 3600),
            max_header_size: Size(64 << 10),
            max_body_size: Size(0),
            body: Vec::new(),
            max_requests: 0,
            requests_per_principal: 0,
            shed_above: Duration(std::time::Duration::from_millis(250)),
            max_connections: 0,
            connections_per_address: 512,
            failed_proofs_burst: 20,
            failed_proofs_per_minute: 30,
            slow_down_at_most: Duration::from_secs(5),
        }
    }
}

impl LimitSettings {
    pub(super) fn faults(&self) -> Vec<Fault> {
        let timeouts = [
            ("read_timeout", self.read_timeout),
            ("write_timeout", self.write_timeout),
            ("idle_timeout", self.idle_timeout),
            ("header_timeout", self.header_timeout),
        ];
        let mut faults = zero_timeouts("limits", &timeouts);
        // The engine reads no more than that (its MAX_HEADER_SIZE).
        if !(LEAST_HEAD..=LARGEST_HEAD).contains(&self.max_header_size.0) {
            let message = "expected a size from 1KiB to 1MiB";
            faults.push(Fault::key("limits", "max_header_size", message));
        }
        if self.slow_down_at_most.0 > LONGEST_WAIT {
            let message = "expected \"1m\" at most: held back answers hold connections";
            faults.push(Fault::key("limits", "slow_down_at_most", message));
        }
        faults.extend(self.body.iter().filter_map(BodySettings::fault));
        faults
    }

    /// How much may be under way.
    #[must_use]
    pub fn load(&self) -> LoadLimits {
        LoadLimits {
            requests: self.max_requests,
            per_principal: self.requests_per_principal,
            lateness: self.shed_above.0,
        }
    }

    /// The largest head, in bytes.
    #[must_use]
    pub fn max_header_size(&self) -> usize {
        usize::try_from(self.max_header_size.0).unwrap_or(usize::MAX)
    }

    /// The largest body, in bytes; `None`: of any size.
    #[must_use]
    pub fn max_body_size(&self) -> Option<u64> {
        (self.max_body_size.0 > 0).then_some(self.max_body_size.0)
    }

    /// The longest exchange; `None`: as long as it takes.
    #[must_use]
    pub fn total_timeout(&self) -> Option<std::time::Duration> {
        (!self.total_timeout.0.is_zero()).then_some(self.total_timeout.0)
    }

    /// How fast failed proofs may come; `None`: as fast as they like.
    #[must_use]
    pub fn failed_proofs(&self) -> Option<Rate> {
        let rate = Rate {
            burst: self.failed_proofs_burst,
            per_minute: self.failed_proofs_per_minute,
            at_most: self.slow_down_at_most.0,
        };
        (rate.per_minute > 0).then_some(rate)
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
