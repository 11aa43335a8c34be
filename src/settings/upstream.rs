//! `[upstream]`: where the store is.

use std::net::SocketAddr;
use std::sync::Arc;

use portico_sdk::credential::AuthType;
use portico_sdk::settings::{Duration, Fault};
use portico_sdk::upstream::{
    Backend, Breaker, Health, LoopId, Timeouts, TlsRules, Upstream, Upstreams,
};
use serde::{Deserialize, Serialize};

use super::authorities;
use super::endpoint::{self, Endpoint};
use super::route::zero_timeouts;

const SECTION: &str = "upstream";

/// Where the store is, and how it is talked to.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct UpstreamSettings {
    /// The kind of store.
    pub backend: Backend,
    /// HCP's major release; from 10 on it understands the checksums of newer SDKs.
    pub hcp_release: u16,
    /// HCP's domain; tenants are hosts below it.
    pub domain: String,
    /// The URL of the S3 service, for stores that no domain leads to.
    pub s3_endpoint: String,
    /// The port of HCP's S3 service.
    pub s3_port: u16,
    /// Whether HCP's S3 service speaks TLS.
    pub s3_tls: bool,
    /// `ip:port` of the S3 service, instead of looking its name up.
    pub s3_addresses: Vec<String>,
    /// The host of HCP's management service, where no domain leads to one.
    pub mapi_host: String,
    /// The port of HCP's management service.
    pub mapi_port: u16,
    /// `ip:port` of the management service, instead of looking its name up.
    pub mapi_addresses: Vec<String>,
    /// How a user's password is shown to HCP's management and query services.
    pub auth_type: AuthType,
    /// The region that requests to the store are signed for.
    pub region: String,
    /// Certificate authorities (PEM) instead of the system's; empty: the system's.
    pub ca_file: String,
    /// Whether the store's certificates and names are checked.
    pub verify: bool,
    /// TCP and TLS handshakes together.
    pub connect_timeout: Duration,
    /// Between two reads.
    pub read_timeout: Duration,
    /// Between two writes.
    pub write_timeout: Duration,
    /// From the end of a request to the whole head of its response.
    pub response_timeout: Duration,
    /// A whole exchange with the store.
    pub total_timeout: Duration,
    /// How long an unused connection is kept; shorter than the store keeps it.
    pub idle_timeout: Duration,
    /// Between two checks of the store's addresses, where it has several; zero: none.
    pub check_interval: Duration,
    /// After how many requests in a row without an answer an address has a rest; 0: never.
    pub breaker_failures: u32,
    /// So many of a hundred answers being faults of the store, it has one too; 0: never.
    pub breaker_faults: u32,
    /// The longest rest.
    pub breaker_rest: Duration,
}

impl Default for UpstreamSettings {
    fn default() -> Self {
        Self {
            backend: Backend::Hcp,
            hcp_release: 9,
            domain: String::new(),
            s3_endpoint: String::new(),
            s3_port: 443,
            s3_tls: true,
            s3_addresses: Vec::new(),
            mapi_host: String::new(),
            mapi_port: 9090,
            mapi_addresses: Vec::new(),
            auth_type: AuthType::Hcp,
            region: "us-east-1".to_owned(),
            ca_file: String::new(),
            verify: true,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(60),
            write_timeout: Duration::from_secs(60),
            response_timeout: Duration::from_secs(60),
            total_timeout: Duration::from_secs(24 * 3600),
            idle_timeout: Duration::from_secs(50),
            check_interval: Duration::from_secs(10),
            breaker_failures: 10,
            breaker_faults: 50,
            breaker_rest: Duration::from_secs(5),
        }
    }
}

impl UpstreamSettings {
    /// The places of the store. Reads `ca_file`.
    ///
    /// # Errors
    /// Every setting that cannot be used.
    pub fn upstreams(&self) -> Result<Upstreams, Vec<Fault>> {
        let mut faults = self.plain_faults();
        let mut keep = |result: Result<_, Fault>| result.map_err(|fault| faults.push(fault)).ok();
        let s3_addresses = keep(addresses("s3_addresses", &self.s3_addresses)).unwrap_or_default();
        let mapi_addresses =
            keep(addresses("mapi_addresses", &self.mapi_addresses)).unwrap_or_default();
        let endpoint = self.endpoint().map_err(|fault| faults.push(fault));
        let ca_pem = authorities::read(SECTION, &self.ca_file).map_err(|fault| faults.push(fault));
        if let (Ok(endpoint), Ok(ca_pem), []) = (endpoint, ca_pem, faults.as_slice()) {
            let s3_endpoint = endpoint.map(|endpoint| upstream(endpoint, &s3_addresses));
            return Ok(Upstreams {
                s3_endpoint,
                s3_addresses,
                mapi_addresses,
                ..self.rest(ca_pem)
            });
        }
        Err(faults)
    }

    /// What needs no further check.
    fn rest(&self, ca_pem: Option<Arc<[u8]>>) -> Upstreams {
        Upstreams {
            backend: self.backend,
            hcp_release: self.hcp_release,
            default_tenant: None,
            domain: host(&self.domain).filter(|_| self.backend == Backend::Hcp),
            s3_endpoint: None,
            s3_tls: self.s3_tls,
            s3_port: self.s3_port,
            s3_addresses: Arc::default(),
            mapi_host: host(&self.mapi_host).filter(|_| self.backend == Backend::Hcp),
            mapi_port: self.mapi_port,
            mapi_addresses: Arc::default(),
            auth_type: self.auth_type,
            region: self.region.clone(),
            tls: TlsRules {
                ca_pem,
                verify: self.verify,
            },
            timeouts: self.timeouts(),
            health: Health::default(),
            loop_id: LoopId::random(),
        }
    }

    /// When an address has a rest; `None`: never.
    #[must_use]
    pub fn breaker(&self) -> Option<Breaker> {
        let rules = Breaker {
            failures: self.breaker_failures,
            faults_percent: self.breaker_faults,
            longest: self.breaker_rest.0,
        };
        (rules.failures > 0).then_some(rules)
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts {
            connect: self.connect_timeout.0,
            read: self.read_timeout.0,
            write: self.write_timeout.0,
            response: self.response_timeout.0,
            total: self.total_timeout.0,
            idle: self.idle_timeout.0,
        }
    }

    fn plain_faults(&self) -> Vec<Fault> {
        let mut faults = zero_timeouts(
            SECTION,
            &[
                ("connect_timeout", self.connect_timeout),
                ("read_timeout", self.read_timeout),
                ("write_timeout", self.write_timeout),
                ("response_timeout", self.response_timeout),
                ("total_timeout", self.total_timeout),
                ("idle_timeout", self.idle_timeout),
            ],
        );
        let mut refuse = |key, message: &str| faults.push(Fault::key(SECTION, key, message));
        if !self.domain.is_empty() && !is_host_name(&self.domain) {
            let message = "expected a host name such as \"hcp.example.com\", without scheme, port \
                           or tenant";
            refuse("domain", message);
        }
        if !self.mapi_host.is_empty() && !is_host_name(&self.mapi_host) {
            let message = "expected a host name such as \"admin.hcp.example.com\", without scheme \
                           or port";
            refuse("mapi_host", message);
        }
        if self.breaker_faults > 100 {
            refuse(
                "breaker_faults",
                "expected a share of a hundred, from 0 to 100",
            );
        }
        let rests = std::time::Duration::from_secs(1)..=std::time::Duration::from_mins(1);
        if !rests.contains(&self.breaker_rest.0) {
            refuse("breaker_rest", "expected \"1s\" to \"1m\"");
        }
        if self.s3_port == 0 {
            refuse("s3_port", "expected a port from 1 to 65535");
        }
        if self.mapi_port == 0 {
            refuse("mapi_port", "expected a port from 1 to 65535");
        }
        if self.region.is_empty() {
            refuse("region", "expected a region such as \"us-east-1\"");
        }
        faults.extend(self.nowhere());
        faults
    }

    /// Neither a domain nor an endpoint says where the store is.
    fn nowhere(&self) -> Option<Fault> {
        if !self.s3_endpoint.is_empty() {
            return None;
        }
        let message = match self.backend {
            Backend::Hcp if !self.domain.is_empty() => return None,
            Backend::Hcp => {
                "nothing says where the store is: set `domain` to HCP's domain (tenants are hosts \
                 below it), or `s3_endpoint` to the URL of its S3 service"
                    .to_owned()
            }
            Backend::Minio => "minio needs `s3_endpoint`, such as \"http://minio:9000\"".to_owned(),
            Backend::Generic => format!(
                "generic needs `s3_endpoint`; for AWS it is \"https://s3.{}.amazonaws.com\"",
                self.region
            ),
        };
        Some(Fault::section(SECTION, message))
    }

    fn endpoint(&self) -> Result<Option<Endpoint>, Fault> {
        if self.s3_endpoint.is_empty() {
            return Ok(None);
        }
        endpoint::parse(&self.s3_endpoint)
            .map(Some)
            .map_err(|reason| Fault::key(SECTION, "s3_endpoint", reason.to_string()))
    }
}

/// The given addresses lead to the endpoint, else its own if it is one, else its name.
fn upstream(endpoint: Endpoint, addresses: &Arc<[SocketAddr]>) -> Upstream {
    let own = endpoint.address();
    let addresses = match own {
        Some(own) if addresses.is_empty() => Arc::from([own]),
        _ => Arc::clone(addresses),
    };
    Upstream::new(endpoint.host, endpoint.port, endpoint.tls, addresses)
}

fn addresses(key: &'static str, texts: &[String]) -> Result<Arc<[SocketAddr]>, Fault> {
    let parsed: Result<Vec<SocketAddr>, _> = texts.iter().map(|text| text.parse()).collect();
    parsed.map(Arc::from).map_err(|_| {
        let message = "expected addresses such as [\"10.0.0.5:443\", \"[2001:db8::5]:443\"], not \
                       names";
        Fault::key(SECTION, key, message)
    })
}

/// A host name as it is compared: lower case, without the root's dot; `None` when it is empty.
fn host(name: &str) -> Option<String> {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    Some(name).filter(|name| !name.is_empty())
}

/// A name of RFC 1123: labels of letters, digits and inner dashes, 253 bytes at most.
pub(super) fn is_host_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    name.len() <= 253 && name.split('.').all(label)
}
