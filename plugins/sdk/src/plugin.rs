//! What a plugin is, and the registry that it puts its objects into.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::phase::{Authenticate, Authorize, Handle, Observe, ResponseFilter};
use crate::pipeline::{PhaseDurations, Pipeline};
use crate::rest::{PublicRoutes, Rest};
use crate::services::Services;
use crate::settings::{Fault, Section};

/// A crate that takes part in one or more phases.
pub trait Plugin {
    /// The name of its table in the configuration and of its cargo feature.
    const NAME: &'static str;

    /// Its settings; the default of each is what the documentation says.
    type Settings: Default + DeserializeOwned + Serialize;

    /// Puts its objects into the registry.
    ///
    /// # Errors
    /// Settings that cannot work together, or a service that is missing.
    fn install(settings: Self::Settings, registry: &mut Registry) -> Result<(), Fault>;
}

/// One plugin of the roster, with its types erased.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The plugin's name.
    pub name: &'static str,
    /// Reads the section and installs the plugin.
    pub install: fn(Section, &mut Registry) -> Result<(), Fault>,
    /// Every setting at its default, for the test that holds the documentation.
    pub defaults: fn() -> Result<toml::Table, toml::ser::Error>,
}

impl Entry {
    /// The entry of a plugin.
    #[must_use]
    pub fn of<P: Plugin>() -> Self {
        Self {
            name: P::NAME,
            install: |section, registry| P::install(section.read()?, registry),
            defaults: || toml::Table::try_from(P::Settings::default()),
        }
    }
}

/// Where plugins put their objects, in the order of the roster.
pub struct Registry {
    /// What the house lends.
    pub services: Services,
    rest: axum::Router,
    public: PublicRoutes,
    authenticate: Vec<Arc<dyn Authenticate>>,
    authorize: Vec<Arc<dyn Authorize>>,
    handle: Vec<Arc<dyn Handle>>,
    filter: Vec<Arc<dyn ResponseFilter>>,
    observe: Vec<Arc<dyn Observe>>,
}

impl Registry {
    /// A registry without plugins.
    #[must_use]
    pub fn new(services: Services) -> Self {
        Self {
            services,
            rest: axum::Router::new(),
            public: PublicRoutes::default(),
            authenticate: Vec::new(),
            authorize: Vec::new(),
            handle: Vec::new(),
            filter: Vec::new(),
            observe: Vec::new(),
        }
    }

    /// Adds to the authenticate phase.
    pub fn authenticate(&mut self, object: impl Authenticate + 'static) {
        self.authenticate.push(Arc::new(object));
    }

    /// Adds to the authorize phase.
    pub fn authorize(&mut self, object: impl Authorize + 'static) {
        self.authorize.push(Arc::new(object));
    }

    /// Adds to the handle phase.
    pub fn handle(&mut self, object: impl Handle + 'static) {
        self.handle.push(Arc::new(object));
    }

    /// Adds to the filter phase.
    pub fn filter(&mut self, object: impl ResponseFilter + 'static) {
        self.filter.push(Arc::new(object));
    }

    /// Adds to the log phase.
    pub fn observe(&mut self, object: impl Observe + 'static) {
        self.observe.push(Arc::new(object));
    }

    /// Adds REST routes, for callers who have proven who they are.
    ///
    /// All routers become one, so that a wrong method is 405 whoever owns the path.
    pub fn rest(&mut self, routes: axum::Router) {
        self.rest = std::mem::take(&mut self.rest).merge(routes);
    }

    /// Opens a path of the REST routes to callers without a credential.
    pub fn public(&mut self, path: &'static str) {
        self.public.add(path);
    }

    /// The pipeline of all objects, and the paths that are open to everyone.
    ///
    /// # Errors
    /// The metrics of the phases are registered already: two pipelines on one registry.
    pub fn build(mut self) -> Result<(Pipeline, PublicRoutes), prometheus::Error> {
        self.handle.push(Arc::new(Rest::new(self.rest)));
        let pipeline = Pipeline {
            authenticate: self.authenticate,
            authorize: self.authorize,
            handle: self.handle,
            filter: self.filter,
            observe: self.observe,
            durations: PhaseDurations::new(&self.services.metrics)?,
        };
        Ok((pipeline, self.public))
    }
}
