//! The tenants of the system: each with a store and an S3 service, made at start or later.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use s3s::service::S3Service;

use crate::SimulatorError;
use crate::s3::Api;
use crate::store::{Blobs, Rules, Tenant};
use crate::traffic::Traffic;
use crate::users::Users;

/// One tenant's operations and the service that speaks S3 for them.
pub(crate) struct Branch {
    pub(crate) api: Api,
    pub(crate) service: S3Service,
    pub(crate) traffic: Traffic,
}

/// What a new tenant needs.
pub(crate) struct Ground {
    pub(crate) domain: String,
    pub(crate) users: Arc<Users>,
    pub(crate) rules: Rules,
    pub(crate) folder: Option<PathBuf>,
}

/// All tenants, by lower-case name.
pub(crate) struct Branches {
    ground: Ground,
    open: RwLock<BTreeMap<String, Arc<Branch>>>,
}

impl Branches {
    pub(crate) fn new(ground: Ground) -> Self {
        Self {
            ground,
            open: RwLock::default(),
        }
    }

    /// Opens a tenant with an empty store, or with what its folder holds.
    pub(crate) fn open(&self, name: &str) -> Result<Arc<Branch>, SimulatorError> {
        let name = name.to_ascii_lowercase();
        let ground = &self.ground;
        let tenant = match &ground.folder {
            Some(folder) => Tenant::open(&folder.join(&name), ground.rules)?,
            None => Tenant::new(Blobs::memory()?, ground.rules),
        };
        let api = Api {
            tenant: Arc::new(tenant),
            name: name.clone(),
            domain: ground.domain.clone(),
            users: Arc::clone(&ground.users),
        };
        let service = api.service();
        let branch = Arc::new(Branch {
            api,
            service,
            traffic: Traffic::default(),
        });
        ground.users.add_tenant(&name);
        self.write().insert(name, Arc::clone(&branch));
        Ok(branch)
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<Branch>> {
        self.read().get(&name.to_ascii_lowercase()).cloned()
    }

    /// Takes a tenant and its users out of the system.
    pub(crate) fn close(&self, name: &str) {
        self.write().remove(name);
        self.ground.users.remove_tenant(name);
    }

    /// All of them, in the order of their names.
    pub(crate) fn all(&self) -> Vec<Arc<Branch>> {
        self.read().values().cloned().collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Arc<Branch>>> {
        self.open.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Arc<Branch>>> {
        self.open.write().unwrap_or_else(PoisonError::into_inner)
    }
}
