//! What a plugin is, and the registry that it puts its objects into.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::helper::Helper;
use crate::phase::{Authenticate, Authorize, Handle, Observe, ResponseFilter};
use crate::pipeline::{PhaseDurations, Pipeline};
use crate::reload::{Change, Reloadable};
use crate::rest::openapi::OpenApi;
use crate::rest::{Document, PublicRoutes, Rest, Routes, Templates};
use crate::services::Services;
use crate::settings::{Fault, Section};

/// A crate that takes part in one or more phases.
pub trait Plugin {
    /// The name of its table in the configuration and of its cargo feature.
    const NAME: &'static str;

    /// Its settings; the default of each is what the documentation says.
    type Settings: Default + DeserializeOwned + Serialize;

    /// What of it runs in a process of its own.
    const HELPERS: &'static [Helper] = &[];

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
    pub install: fn(Section, &mut Registry) -> Result<(), Vec<Fault>>,
    /// Every fault of the section that can be seen without installing the plugin.
    pub check: fn(Section) -> Vec<Fault>,
    /// Every setting at its default, for the test that holds the documentation.
    pub defaults: fn() -> Result<toml::Table, toml::ser::Error>,
    /// As [`Plugin::HELPERS`].
    pub helpers: &'static [Helper],
}

impl Entry {
    /// The entry of a plugin.
    #[must_use]
    pub const fn of<P: Plugin>() -> Self {
        Self {
            name: P::NAME,
            install: |section, registry| {
                P::install(section.read()?, registry).map_err(|fault| vec![fault])
            },
            check: |section| section.read::<P::Settings>().err().unwrap_or_default(),
            defaults: || toml::Table::try_from(P::Settings::default()),
            helpers: P::HELPERS,
        }
    }
}

/// Work beside the exchanges, on the server's runtime, from start to shutdown.
pub struct Background {
    /// What it is called in logs.
    pub name: &'static str,
    /// Whether it ends by itself once [`Leaving`](crate::leaving::Leaving) is said, and is waited for.
    pub closes: bool,
    /// Starts it; called once, on the runtime.
    pub start: Box<dyn FnOnce() -> BackgroundFuture + Send + Sync>,
}

/// A task without a result; dropped at shutdown, unless it closes by itself.
pub type BackgroundFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Everything that the roster has brought together.
pub struct Built {
    /// The phases.
    pub pipeline: Pipeline,
    /// The paths that are open to everyone.
    pub public: PublicRoutes,
    /// The work beside the exchanges.
    pub background: Vec<Background>,
    /// What can change while the process runs.
    pub reloadable: Vec<Reloadable>,
    /// What the house lends.
    pub services: Services,
}

/// Where plugins put their objects, in the order of the roster.
pub struct Registry {
    /// What the house lends.
    pub services: Services,
    rest: axum::Router,
    templates: Templates,
    told: OpenApi,
    document: Document,
    public: PublicRoutes,
    authenticate: Vec<Arc<dyn Authenticate>>,
    authorize: Vec<Arc<dyn Authorize>>,
    handle: Vec<Arc<dyn Handle>>,
    filter: Vec<Arc<dyn ResponseFilter>>,
    observe: Vec<Arc<dyn Observe>>,
    background: Vec<Background>,
    reloadable: Vec<Reloadable>,
}

impl Registry {
    /// A registry without plugins.
    #[must_use]
    pub fn new(services: Services) -> Self {
        Self {
            services,
            rest: axum::Router::new(),
            templates: Templates::default(),
            told: OpenApi::default(),
            document: Document::default(),
            public: PublicRoutes::default(),
            authenticate: Vec::new(),
            authorize: Vec::new(),
            handle: Vec::new(),
            filter: Vec::new(),
            observe: Vec::new(),
            background: Vec::new(),
            reloadable: Vec::new(),
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
    pub fn rest(&mut self, routes: Routes) {
        let (served, told, templates) = routes.into_parts();
        self.templates.extend(&templates);
        self.rest = std::mem::take(&mut self.rest).merge(served);
        self.told.merge(told);
    }

    /// The document of all REST routes, which is whole once everything is built.
    #[must_use]
    pub fn document(&self) -> Document {
        self.document.clone()
    }

    /// Opens a path of the REST routes to callers without a credential.
    pub fn public(&mut self, path: &'static str) {
        self.public.add(path);
    }

    /// Opens a path on the admin listener, where its handler asks for the operator's token
    /// ([`Operator::admit`](crate::operator::Operator::admit)) and elsewhere says that there is none.
    pub fn for_operator(&mut self, path: &'static str) {
        self.public.add_for_operator(path);
    }

    /// Lets some keys of the plugin's table change while the process runs: `prepare` gets the new
    /// settings, finds what is wrong with them and does all that can fail; what it gives then puts them
    /// in the place of the old ones, once every other table is found in order too.
    pub fn reloads<P: Plugin>(
        &mut self,
        keys: &'static [&'static str],
        prepare: impl Fn(P::Settings) -> Result<Change, Fault> + Send + Sync + 'static,
    ) {
        self.reloadable
            .push(Reloadable::new(P::NAME, keys, prepare));
    }

    /// Starts a task with the server; clients that belong to a runtime are made inside it.
    pub fn background<F, Fut>(&mut self, name: &'static str, task: F)
    where
        F: FnOnce() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.background.push(Background {
            name,
            closes: false,
            start: Box::new(|| Box::pin(task())),
        });
    }

    /// Starts a task that has something to put in order before the process ends: it must end by itself
    /// soon after [`Leaving`](crate::leaving::Leaving) is said, and has a few seconds for it.
    pub fn closing<F, Fut>(&mut self, name: &'static str, task: F)
    where
        F: FnOnce() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.background(name, task);
        if let Some(last) = self.background.last_mut() {
            last.closes = true;
        }
    }

    /// Brings everything together.
    ///
    /// # Errors
    /// The metrics of the phases are registered already: two pipelines on one registry.
    pub fn build(mut self) -> Result<Built, prometheus::Error> {
        self.handle
            .push(Arc::new(Rest::new(self.rest, self.templates)));
        self.document.complete(self.told, &self.public);
        let pipeline = Pipeline {
            authenticate: self.authenticate,
            authorize: self.authorize,
            handle: self.handle,
            filter: self.filter,
            observe: self.observe,
            brake: Arc::clone(&self.services.brake),
            load: Arc::clone(&self.services.load),
            durations: PhaseDurations::new(&self.services.metrics)?,
        };
        Ok(Built {
            pipeline,
            public: self.public,
            background: self.background,
            reloadable: self.reloadable,
            services: self.services,
        })
    }
}
