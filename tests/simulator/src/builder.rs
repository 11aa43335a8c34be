//! How a simulator is to be, before it starts.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::branches::{Branches, Ground};
use crate::faults::Faults;
use crate::front::Front;
use crate::guard::Release;
use crate::mapi::{Assumptions, Mapi};
use crate::query::Room;
use crate::recorder::Recorder;
use crate::role::Role;
use crate::simulator::{Listeners, Simulator, SimulatorError};
use crate::store::Rules;
use crate::tls::{self, Identity};
use crate::users::{SYSTEM, User, Users};

/// Collects the choices for a [`Simulator`]. Everything has a default; a simulator without a
/// tenant answers 403 to everybody.
pub struct Builder {
    domain: String,
    release: Release,
    rules: Rules,
    tenants: Vec<String>,
    default_tenant: Option<String>,
    users: Users,
    assumptions: Assumptions,
    folder: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    addresses: Addresses,
    query: Room,
}

struct Addresses {
    data: SocketAddr,
    plain: SocketAddr,
    mapi: SocketAddr,
    control: Option<SocketAddr>,
}

impl Default for Builder {
    fn default() -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            domain: "hcp.test".to_owned(),
            release: Release::default(),
            rules: Rules {
                unversioned_overwrite: true,
                folders: true,
                conditional_writes: false,
            },
            tenants: Vec::new(),
            default_tenant: None,
            users: Users::default(),
            assumptions: Assumptions::default(),
            folder: None,
            ca_file: None,
            addresses: Addresses {
                data: any,
                plain: any,
                mapi: any,
                control: None,
            },
            query: Room::default(),
        }
    }
}

impl Builder {
    /// The domain under which tenants live; `hcp.test` unless told.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = domain.into().to_ascii_lowercase();
        self
    }

    /// The release whose manners the simulator has; [`Release::V9`] unless told.
    #[must_use]
    pub fn release(mut self, release: Release) -> Self {
        self.release = release;
        self
    }

    /// Adds a tenant; its name is kept in lower case.
    #[must_use]
    pub fn tenant(mut self, tenant: &str) -> Self {
        let tenant = tenant.to_ascii_lowercase();
        self.users.add_tenant(&tenant);
        if !self.tenants.contains(&tenant) {
            self.tenants.push(tenant);
        }
        self
    }

    /// Adds an enabled user who may create buckets and has every role of the tenant
    /// (administrator, compliance, monitor, security), and the tenant if it is new.
    #[must_use]
    pub fn user(self, tenant: &str, username: &str, password: &str) -> Self {
        self.account(tenant, User::new(username, password))
    }

    /// Adds a user with choices of its own, and the tenant if it is new.
    #[must_use]
    pub fn account(mut self, tenant: &str, user: User) -> Self {
        self = self.tenant(tenant);
        self.users.put(tenant, user);
        self
    }

    /// Adds an enabled system-level user with every role of the system (administrator, monitor,
    /// search, security, service): one who manages tenants at `admin.{domain}`.
    #[must_use]
    pub fn system_user(self, username: &str, password: &str) -> Self {
        self.system_account(User::new(username, password).with_roles(Role::OF_SYSTEM))
    }

    /// Adds a system-level user with choices of its own.
    #[must_use]
    pub fn system_account(self, user: User) -> Self {
        self.users.put(SYSTEM, user);
        self
    }

    /// How the Management API is where no public source says how HCP is.
    #[must_use]
    pub fn assumptions(mut self, assumptions: Assumptions) -> Self {
        self.assumptions = assumptions;
        self
    }

    /// The tenant of requests whose `Host` is an address or `localhost`. HCP has no such thing;
    /// tools that cannot be told a host name need it.
    #[must_use]
    pub fn default_tenant(mut self, tenant: &str) -> Self {
        self = self.tenant(tenant);
        self.default_tenant = Some(tenant.to_owned());
        self
    }

    /// `s3UnversionedOverwrite`: whether a PUT may replace an object of a bucket without
    /// versioning. On unless told; HCP before 9.x and many systems answer 409.
    #[must_use]
    pub fn unversioned_overwrite(mut self, allowed: bool) -> Self {
        self.rules.unversioned_overwrite = allowed;
        self
    }

    /// Whether storing `a/b` makes the folder object `a/`. On unless told, as on HCP.
    #[must_use]
    pub fn folders(mut self, on: bool) -> Self {
        self.rules.folders = on;
        self
    }

    /// Whether a PUT with `If-None-Match: *` is refused where there is an object already (AWS,
    /// "Conditional writes"). HCP documents it nowhere: off unless told.
    #[must_use]
    pub fn conditional_writes(mut self, heeded: bool) -> Self {
        self.rules.conditional_writes = heeded;
        self
    }

    /// How far behind the present operation queries end unless they say otherwise; a minute
    /// unless told, as on HCP. Tests want zero.
    #[must_use]
    pub fn query_horizon(self, horizon: Duration) -> Self {
        self.query.set_horizon(horizon);
        self
    }

    /// How long a query waits for one of the five places of a node before it is answered 503; 30
    /// seconds unless told. HCP does not publish its own patience.
    #[must_use]
    pub fn query_patience(mut self, patience: Duration) -> Self {
        self.query.set_patience(patience);
        self
    }

    /// Keeps everything in this folder, written every second and at [`Simulator::shutdown`].
    /// Without it objects live in memory and large ones in temporary files.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Writes the certificate authority (PEM) to this path at start.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// Where to listen for S3 over HTTPS; a free port of 127.0.0.1 unless told.
    #[must_use]
    pub fn data_address(mut self, address: SocketAddr) -> Self {
        self.addresses.data = address;
        self
    }

    /// Where to listen for S3 over plain HTTP; a free port of 127.0.0.1 unless told.
    #[must_use]
    pub fn plain_address(mut self, address: SocketAddr) -> Self {
        self.addresses.plain = address;
        self
    }

    /// Where to listen for the Management API; a free port of 127.0.0.1 unless told.
    #[must_use]
    pub fn mapi_address(mut self, address: SocketAddr) -> Self {
        self.addresses.mapi = address;
        self
    }

    /// Where to listen for control (plain HTTP, no credentials); nowhere unless told.
    #[must_use]
    pub fn control_address(mut self, address: SocketAddr) -> Self {
        self.addresses.control = Some(address);
        self
    }

    /// Binds the listeners, makes the certificates and begins to serve.
    pub async fn start(self) -> Result<Simulator, SimulatorError> {
        let identity = tls::make(&self.domain, &self.tenants)?;
        if let Some(path) = &self.ca_file {
            tokio::fs::write(path, &identity.ca_pem).await?;
        }
        let listeners = Listeners {
            data: TcpListener::bind(self.addresses.data).await?,
            plain: TcpListener::bind(self.addresses.plain).await?,
            mapi: TcpListener::bind(self.addresses.mapi).await?,
            control: match self.addresses.control {
                Some(address) => Some(TcpListener::bind(address).await?),
                None => None,
            },
        };
        let folder = self.folder.clone();
        let front = Arc::new(self.into_front(&identity)?);
        Simulator::run(front, identity, listeners, folder)
    }

    fn into_front(self, identity: &Identity) -> Result<Front, SimulatorError> {
        let users = Arc::new(self.users);
        let branches = Branches::new(Ground {
            domain: self.domain.clone(),
            users: Arc::clone(&users),
            rules: self.rules,
            folder: self.folder,
        });
        for name in self.tenants {
            branches.open(&name)?;
        }
        Ok(Front {
            domain: self.domain,
            default_tenant: self.default_tenant,
            release: self.release,
            users,
            branches,
            mapi: Mapi::new(self.assumptions, identity.ca_pem.clone()),
            faults: Faults::default(),
            recorder: Recorder::default(),
            query: self.query,
            requests: AtomicU64::new(1_400_000),
            authority: Arc::clone(&identity.authority),
        })
    }
}
