//! A running simulator: its addresses, its memory of requests, and the hand that seeds it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use md5::{Digest as _, Md5};
use tokio::net::TcpListener;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinSet;

use crate::builder::Builder;
use crate::faults::Fault;
use crate::front::Front;
use crate::mapi::Assumptions;
use crate::recorder::{Port, RequestRecord};
use crate::s3::seed;
use crate::sowing::Sowing;
use crate::store::{Bucket, Tenant, Versioning};
use crate::tls::Identity;
use crate::users::{SYSTEM, User};
use crate::{control, server};

const SAVE_EVERY: Duration = Duration::from_secs(1);

/// Why a simulator could not start or be seeded.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// An address was taken, or a folder could not be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A tenant or domain whose name fits no certificate.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// rustls refused what was made.
    #[error("cannot serve TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// There is no tenant of this name.
    #[error("there is no tenant {0:?}")]
    NoSuchTenant(String),
    /// There is no bucket of this name.
    #[error("there is no bucket {0:?}")]
    NoSuchBucket(String),
    /// The object cannot be stored under this key.
    #[error("cannot store {key:?}: {reason}")]
    Refused {
        /// The key.
        key: String,
        /// What HCP has against it.
        reason: String,
    },
}

pub(crate) struct Listeners {
    pub(crate) data: TcpListener,
    pub(crate) plain: TcpListener,
    pub(crate) mapi: TcpListener,
    pub(crate) control: Option<TcpListener>,
}

/// Places that no query can have while this is held.
pub struct OccupiedQueries {
    _places: Vec<OwnedSemaphorePermit>,
}

/// An HCP on loopback. Dropping it ends it at once; [`Simulator::shutdown`] saves first.
pub struct Simulator {
    front: Arc<Front>,
    data: SocketAddr,
    plain: SocketAddr,
    mapi: SocketAddr,
    control: Option<SocketAddr>,
    ca_pem: String,
    folder: Option<PathBuf>,
    tasks: JoinSet<()>,
}

impl Simulator {
    /// Begins a new simulator.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn run(
        front: Arc<Front>,
        identity: Identity,
        listeners: Listeners,
        folder: Option<PathBuf>,
    ) -> Result<Self, SimulatorError> {
        let control = listeners.control.as_ref().map(TcpListener::local_addr);
        let mut simulator = Self {
            data: listeners.data.local_addr()?,
            plain: listeners.plain.local_addr()?,
            mapi: listeners.mapi.local_addr()?,
            control: control.transpose()?,
            ca_pem: identity.ca_pem,
            tasks: JoinSet::new(),
            folder,
            front,
        };
        let tls = Some(identity.acceptor);
        simulator.serve(listeners.data, tls.clone(), Port::Data);
        simulator.serve(listeners.plain, None, Port::Plain);
        simulator.serve(listeners.mapi, tls, Port::Mapi);
        let front = &simulator.front;
        if let Some(listener) = listeners.control {
            simulator
                .tasks
                .spawn(control::serve(listener, Arc::clone(front)));
        }
        if let Some(folder) = simulator.folder.clone() {
            simulator
                .tasks
                .spawn(keep_saving(Arc::clone(front), folder));
        }
        Ok(simulator)
    }

    fn serve(&mut self, listener: TcpListener, tls: Option<tokio_rustls::TlsAcceptor>, port: Port) {
        self.tasks
            .spawn(server::serve(listener, tls, Arc::clone(&self.front), port));
    }

    /// S3 over HTTPS: what HCP has on 443.
    #[must_use]
    pub fn data_address(&self) -> SocketAddr {
        self.data
    }

    /// S3 over plain HTTP: what HCP has on 80.
    #[must_use]
    pub fn plain_address(&self) -> SocketAddr {
        self.plain
    }

    /// The Management API over HTTPS: what HCP has on 9090.
    #[must_use]
    pub fn mapi_address(&self) -> SocketAddr {
        self.mapi
    }

    /// The control listener, when there is one.
    #[must_use]
    pub fn control_address(&self) -> Option<SocketAddr> {
        self.control
    }

    /// The certificate authority that clients must trust, as PEM.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The domain under which tenants live.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.front.domain
    }

    /// The latest requests, oldest first, at most 4096.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.front.recorder.all()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.front.recorder.clear();
    }

    /// Sets a fault; several add up.
    pub fn add_fault(&self, fault: Fault) {
        self.front.faults.add(fault);
    }

    /// Clears all faults.
    pub fn clear_faults(&self) {
        self.front.faults.clear();
    }

    /// How far behind the present operation queries end unless they say otherwise.
    pub fn set_query_horizon(&self, horizon: Duration) {
        self.front.query.set_horizon(horizon);
    }

    /// Keeps this many of the five places for queries busy, as long as the answer is held.
    #[must_use]
    pub fn occupy_queries(&self, count: usize) -> OccupiedQueries {
        OccupiedQueries {
            _places: self.front.query.occupy(count),
        }
    }

    /// Adds or replaces a user of an existing tenant: a new password takes effect at once.
    pub fn set_user(&self, tenant: &str, user: User) {
        self.front.users.put(tenant, user);
    }

    /// Adds or replaces a system-level user.
    pub fn set_system_user(&self, user: User) {
        self.front.users.put(SYSTEM, user);
    }

    /// Makes a tenant, as a system-level administrator would; one that exists stays as it is.
    pub fn create_tenant(&self, tenant: &str) -> Result<(), SimulatorError> {
        if self.front.branches.get(tenant).is_none() {
            self.front.open_tenant(tenant)?;
        }
        Ok(())
    }

    /// Switches the Management API of the system on or off.
    pub fn set_management(&self, on: bool) {
        self.front.mapi.enable(on);
    }

    /// Switches the Management API of one tenant on or off; off, S3 does not list or change its
    /// buckets either.
    pub fn set_tenant_management(&self, tenant: &str, on: bool) -> Result<(), SimulatorError> {
        self.tenant(tenant)?.managed.store(on, Ordering::Release);
        Ok(())
    }

    /// How the Management API is, from the next request on, where no public source says how HCP
    /// is.
    pub fn assume(&self, assumptions: Assumptions) {
        self.front.mapi.assume(assumptions);
    }

    /// Makes a bucket that this user owns; one that exists stays as it is.
    pub fn create_bucket(
        &self,
        tenant: &str,
        owner: &str,
        bucket: &str,
    ) -> Result<(), SimulatorError> {
        let name = bucket.to_ascii_lowercase();
        let store = self.tenant(tenant)?;
        let mut state = store.state();
        let fresh = || Bucket::new(&name, owner);
        state.buckets.entry(name.clone()).or_insert_with(fresh);
        Ok(())
    }

    /// Switches versioning of a bucket on, or suspends it.
    pub fn set_versioning(
        &self,
        tenant: &str,
        bucket: &str,
        on: bool,
    ) -> Result<(), SimulatorError> {
        self.change(tenant, bucket, |bucket| {
            bucket.versioning = if on {
                Versioning::Enabled
            } else {
                Versioning::Suspended
            };
        })
    }

    /// Lets a user who does not own a bucket read it and write to it.
    pub fn grant(&self, tenant: &str, bucket: &str, username: &str) -> Result<(), SimulatorError> {
        self.change(tenant, bucket, |bucket| {
            bucket.guests.insert(username.to_owned());
        })
    }

    /// Stores an object as the bucket's owner would.
    pub async fn put_object(
        &self,
        tenant: &str,
        bucket: &str,
        key: &str,
        data: impl AsRef<[u8]> + Send,
    ) -> Result<(), SimulatorError> {
        let store = self.tenant(tenant)?;
        let mut writer = store.blobs.writer();
        writer.write(data.as_ref()).await?;
        let blob = writer.finish().await?;
        let etag = hex::encode(Md5::digest(data.as_ref()));
        let mut state = store.state();
        let state = &mut *state;
        let found = state.buckets.get_mut(&bucket.to_ascii_lowercase());
        let found = found.ok_or_else(|| SimulatorError::NoSuchBucket(bucket.to_owned()))?;
        let object = seed(blob, etag, &found.owner);
        let stored = found.put(key, object, store.rules, &state.ids);
        stored.map(|_| ()).map_err(|error| SimulatorError::Refused {
            key: key.to_owned(),
            reason: error.to_string(),
        })
    }

    /// Has objects be there that nobody has sent, in any number and of any size.
    pub fn sow(&self, sowing: &Sowing) -> Result<(), SimulatorError> {
        sowing.sow(&self.front)
    }

    /// The current bytes of an object, or nothing where a GET would find nothing.
    pub async fn object(
        &self,
        tenant: &str,
        bucket: &str,
        key: &str,
    ) -> Result<Option<Bytes>, SimulatorError> {
        let mut blob = None;
        self.change(tenant, bucket, |bucket| {
            let object = bucket.current(key).and_then(|version| version.object());
            blob = object.map(|object| object.blob.clone());
        })?;
        let Some(blob) = blob else { return Ok(None) };
        let blocks: Vec<Bytes> = blob.read().try_collect().await?;
        Ok(Some(blocks.concat().into()))
    }

    /// Ends all connections and, when there is a folder, saves what is stored.
    pub async fn shutdown(mut self) -> Result<(), SimulatorError> {
        self.tasks.shutdown().await;
        if let Some(folder) = &self.folder {
            for branch in self.front.branches.all() {
                branch.api.tenant.save(&folder.join(&branch.api.name))?;
                branch.api.tenant.blobs.keep_files();
            }
        }
        Ok(())
    }

    fn tenant(&self, tenant: &str) -> Result<Arc<Tenant>, SimulatorError> {
        let branch = self.front.branches.get(tenant);
        let branch = branch.ok_or_else(|| SimulatorError::NoSuchTenant(tenant.to_owned()))?;
        Ok(Arc::clone(&branch.api.tenant))
    }

    fn change(
        &self,
        tenant: &str,
        bucket: &str,
        act: impl FnOnce(&mut Bucket),
    ) -> Result<(), SimulatorError> {
        let store = self.tenant(tenant)?;
        let mut state = store.state();
        let found = state.buckets.get_mut(&bucket.to_ascii_lowercase());
        act(found.ok_or_else(|| SimulatorError::NoSuchBucket(bucket.to_owned()))?);
        Ok(())
    }
}

/// Dropping a folder store must not delete its files.
impl Drop for Simulator {
    fn drop(&mut self) {
        if self.folder.is_some() {
            for branch in self.front.branches.all() {
                branch.api.tenant.blobs.keep_files();
            }
        }
    }
}

async fn keep_saving(front: Arc<Front>, folder: PathBuf) {
    loop {
        tokio::time::sleep(SAVE_EVERY).await;
        for branch in front.branches.all() {
            let folder = folder.join(&branch.api.name);
            save_changes(Arc::clone(&branch.api.tenant), &folder).await;
        }
    }
}

async fn save_changes(tenant: Arc<Tenant>, folder: &Path) {
    let folder = folder.to_owned();
    let saving = tokio::task::spawn_blocking(move || tenant.save_changes(&folder));
    if let Ok(Err(error)) = saving.await {
        tracing::error!(%error, "cannot save the index");
    }
}
