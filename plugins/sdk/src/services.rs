//! What the house lends to every plugin: clock, metrics, readiness, upstreams, and what plugins
//! lend to those that come later in the roster.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::brake::Brake;
use crate::clock::Clock;
use crate::credential::HouseAccount;
use crate::leaving::Leaving;
use crate::load::Load;
use crate::management::Management;
use crate::operator::Operator;
use crate::readiness::Readiness;
use crate::shared::SharedRedis;
use crate::upstream::Upstreams;

/// The services. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Where every metric of the process is registered.
    pub metrics: prometheus::Registry,
    /// What must be in order before traffic is sent here.
    pub readiness: Readiness,
    /// Slows failed proofs down.
    pub brake: Arc<Brake>,
    /// Refuses what is too much.
    pub load: Arc<Load>,
    /// Where the store is.
    pub upstreams: Arc<Upstreams>,
    /// The Redis that replicas share, if the settings name one.
    pub redis: Option<SharedRedis>,
    /// Where state may be kept; `None` where the process keeps none (tests).
    pub data_directory: Option<PathBuf>,
    /// The account at a generic store, which one plugin tells and all may use.
    pub house: HouseAccount,
    /// Whether management is served, which one plugin decides and all may tell.
    pub management: Management,
    /// Who may change the state of the process.
    pub operator: Operator,
    /// Whether the process has begun to go.
    pub leaving: Leaving,
    lent: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
}

impl Services {
    /// Services with nothing lent by plugins yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, upstreams: Upstreams) -> Self {
        Self {
            clock,
            metrics: prometheus::Registry::new(),
            readiness: Readiness::default(),
            brake: Arc::default(),
            load: Arc::default(),
            upstreams: Arc::new(upstreams),
            redis: None,
            data_directory: None,
            house: HouseAccount::default(),
            management: Management::default(),
            operator: Operator::default(),
            leaving: Leaving::default(),
            lent: HashMap::new(),
        }
    }

    /// Lends a value of a type of this crate to the plugins that come later in the roster.
    pub fn lend<T: ?Sized + 'static>(&mut self, value: Arc<T>)
    where
        Arc<T>: Any + Send + Sync,
    {
        self.lent.insert(TypeId::of::<T>(), Arc::new(value));
    }

    /// Borrows what an earlier plugin lent; `None` when that plugin is not in the roster.
    #[must_use]
    pub fn borrow<T: ?Sized + 'static>(&self) -> Option<Arc<T>>
    where
        Arc<T>: Any + Send + Sync,
    {
        self.lent
            .get(&TypeId::of::<T>())?
            .downcast_ref::<Arc<T>>()
            .cloned()
    }
}

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Services")
            .field("lent", &self.lent.len())
            .finish_non_exhaustive()
    }
}

/// A plugin needs a service that no earlier plugin of the roster lends.
#[derive(Debug, thiserror::Error)]
#[error("needs the service {0}, which no plugin before it provides")]
pub struct MissingService(&'static str);

impl MissingService {
    /// Names the type that is missing.
    #[must_use]
    pub fn of<T: ?Sized>() -> Self {
        Self(type_name::<T>())
    }
}
