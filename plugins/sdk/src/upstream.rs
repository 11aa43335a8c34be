//! Where the store is: names, addresses, ports and TLS rules, the same for every stack that
//! talks to it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::credential::AuthType;
use crate::tenant::Tenant;

mod circuit;
mod condition;
mod figures;
mod health;
mod lease;
mod loop_id;
mod traffic;

pub use circuit::Breaker;
pub use condition::Failure;
pub use health::Health;
pub use lease::Lease;
pub use loop_id::{CDN_LOOP, LoopId};
pub use traffic::{Asking, Lookup, Retry, Stack};

/// What kind of store stands behind.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// HCP: credentials per user, a host per tenant.
    Hcp,
    /// MinIO: one host, path style, keys from the configuration.
    Minio,
    /// Any other S3 store: one host, keys from the configuration.
    Generic,
}

impl Backend {
    /// The word in the settings and in `GET /api/v1/capabilities`.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Hcp => "hcp",
            Self::Minio => "minio",
            Self::Generic => "generic",
        }
    }
}

/// How long each step towards the store may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// TCP and TLS handshakes together.
    pub connect: Duration,
    /// Between two reads.
    pub read: Duration,
    /// Between two writes.
    pub write: Duration,
    /// From the end of the request to the whole head of the response.
    pub response: Duration,
    /// The whole exchange with the store.
    pub total: Duration,
    /// How long an unused connection is kept; shorter than the store keeps it.
    pub idle: Duration,
}

/// How the store proves that it is itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsRules {
    /// Certificate authorities (PEM) instead of the system's.
    pub ca_pem: Option<Arc<[u8]>>,
    /// Whether certificates and names are checked.
    pub verify: bool,
}

/// One place that requests can be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    host: Arc<str>,
    port: u16,
    tls: bool,
    addresses: Arc<[SocketAddr]>,
    /// Worded once: every request says it several times.
    authority: Arc<str>,
}

impl Upstream {
    /// A place of this name. `addresses` are connected to instead of looking the host up; empty:
    /// look it up.
    #[must_use]
    pub fn new(
        host: impl Into<Arc<str>>,
        port: u16,
        tls: bool,
        addresses: Arc<[SocketAddr]>,
    ) -> Self {
        let host = host.into();
        let own = if tls { 443 } else { 80 };
        let authority = if port == own {
            Arc::clone(&host)
        } else {
            format!("{host}:{port}").into()
        };
        Self {
            host,
            port,
            tls,
            addresses,
            authority,
        }
    }

    /// The host name: `Host` (with the port, if not the scheme's own) and SNI derive from it.
    #[must_use]
    pub fn host(&self) -> &Arc<str> {
        &self.host
    }

    /// The port in the name, which `Host` carries.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether TLS is spoken.
    #[must_use]
    pub fn tls(&self) -> bool {
        self.tls
    }

    /// Addresses to connect to instead of looking the host up; empty: look it up.
    #[must_use]
    pub fn addresses(&self) -> &Arc<[SocketAddr]> {
        &self.addresses
    }

    /// The value of `Host`: the port is left out when it is the scheme's own.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

/// All places of the store, and the rules for talking to them.
#[derive(Debug, Clone)]
pub struct Upstreams {
    /// The kind of store.
    pub backend: Backend,
    /// HCP's major release: it decides what the store understands of newer SDKs' defaults.
    pub hcp_release: u16,
    /// HCP's domain; tenants are hosts below it. `None` with a fixed endpoint.
    pub domain: Option<String>,
    /// The tenant of callers whose host and credential name none.
    pub default_tenant: Option<Tenant>,
    /// The S3 endpoint when no domain gives one (generic backends, or HCP by one address).
    pub s3_endpoint: Option<Upstream>,
    /// Scheme and port of HCP's S3 (data) service.
    pub s3_tls: bool,
    /// The port in the name of HCP's data service.
    pub s3_port: u16,
    /// Addresses of HCP's S3 (data) service; empty: by name.
    pub s3_addresses: Arc<[SocketAddr]>,
    /// The host of HCP's management service when no domain gives one.
    pub mapi_host: Option<String>,
    /// The port of HCP's management service.
    pub mapi_port: u16,
    /// Addresses of HCP's management service; empty: by name.
    pub mapi_addresses: Arc<[SocketAddr]>,
    /// How a user's password is shown to the management and query services.
    pub auth_type: AuthType,
    /// The region that requests to the store are signed for.
    pub region: String,
    /// TLS rules.
    pub tls: TlsRules,
    /// Timeouts.
    pub timeouts: Timeouts,
    /// Which addresses answer.
    pub health: Health,
    /// What every request to the store bears, so that one that comes back is known.
    pub loop_id: LoopId,
}

/// The store has no host for this caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no tenant is known, from the host or from the credential, and no endpoint is set")]
pub struct NoUpstream;

impl Upstreams {
    /// The S3 service of a tenant, or the fixed endpoint.
    ///
    /// # Errors
    /// HCP with a domain, but no tenant known.
    pub fn s3(&self, tenant: Option<&Tenant>) -> Result<Upstream, NoUpstream> {
        match (&self.domain, tenant.or(self.default_tenant.as_ref())) {
            (Some(domain), Some(tenant)) => Ok(self.data(&Self::own_host(domain, Some(tenant)))),
            _ => self.s3_endpoint.clone().ok_or(NoUpstream),
        }
    }

    /// The data service (S3, `/rest`, `/query`, …) under one of HCP's own host names, such as
    /// [`Route::own_name`](crate::Route::own_name) tells.
    #[must_use]
    pub fn data(&self, host: &str) -> Upstream {
        let addresses = Arc::clone(&self.s3_addresses);
        Upstream::new(host, self.s3_port, self.s3_tls, addresses)
    }

    /// The management service of a tenant, or of the system; the fixed host when there is no
    /// domain.
    ///
    /// # Errors
    /// Neither a domain nor a host is set.
    pub fn mapi(&self, tenant: Option<&Tenant>) -> Result<Upstream, NoUpstream> {
        let own = |domain| Self::own_host(domain, tenant);
        let host = self.domain.as_deref().map(own);
        let host = host.or(self.mapi_host.clone()).ok_or(NoUpstream)?;
        let addresses = Arc::clone(&self.mapi_addresses);
        Ok(Upstream::new(host, self.mapi_port, true, addresses))
    }

    /// The metadata query service of a tenant, or of the system: the data service under their
    /// names (HCP, "Metadata query API").
    ///
    /// # Errors
    /// No domain is set.
    pub fn query(&self, tenant: Option<&Tenant>) -> Result<Upstream, NoUpstream> {
        let domain = self.domain.as_deref().ok_or(NoUpstream)?;
        Ok(self.data(&Self::own_host(domain, tenant)))
    }

    /// `{tenant}.{domain}`, or the system's own `admin.{domain}`.
    fn own_host(domain: &str, tenant: Option<&Tenant>) -> String {
        [tenant.map_or("admin", Tenant::as_str), ".", domain].concat()
    }
}
