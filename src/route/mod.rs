//! Phase 2: which door, tenant and operation, from listener, host, path, query and method alone.

mod host;
mod management;
mod native;
mod s3;

use portico_sdk::exchange::Head;
use portico_sdk::rest::{PublicRoutes, is_preflight};
use portico_sdk::route::{Door, Listener, Route, S3Target, Service, Style};
use portico_sdk::s3::Operation;
use portico_sdk::{Error, Reason};

pub use host::{HostNames, Level, Named, OwnName};

/// The routing table; made once, shared by all requests.
#[derive(Debug, Clone)]
pub struct Router {
    hosts: HostNames,
    public: PublicRoutes,
}

impl Router {
    /// A router for these host names, with these paths open to everyone.
    #[must_use]
    pub fn new(hosts: HostNames, public: PublicRoutes) -> Self {
        Self { hosts, public }
    }

    /// Finds out what a request is for.
    ///
    /// # Errors
    /// A host below our domains that can name no tenant, a path that can name no bucket or leads
    /// out of the management services.
    pub fn route(&self, listener: Listener, head: &Head) -> Result<Route, Error> {
        match listener {
            Listener::S3 => self.s3(head),
            Listener::Api => match management::service(head.raw_path()) {
                Some(service) => self.management(service, head),
                None => Ok(self.rest(head)),
            },
            Listener::Admin => self.admin(head),
        }
    }

    fn rest(&self, head: &Head) -> Route {
        let path = head.parts.uri.path();
        let public = self.public.contains(path) || is_preflight(head);
        Route::new(Door::Rest { public })
    }

    fn management(&self, service: Service, head: &Head) -> Result<Route, Error> {
        management::check(head.raw_path())?;
        let route = Route::new(Door::Management(service));
        Ok(match self.hosts.level(&head.authority)? {
            Level::Unsaid => route,
            Level::System => Route {
                system: true,
                ..route
            },
            Level::Tenant(tenant) => Route {
                tenant: Some(tenant),
                ..route
            },
        })
    }

    /// Health and metrics, which are open to everyone and lie beside the API, and what asks for the
    /// operator's token.
    fn admin(&self, head: &Head) -> Result<Route, Error> {
        let path = head.parts.uri.path();
        if self.public.is_operators(path) {
            return Ok(Route::new(Door::Rest { public: true }));
        }
        if !self.public.contains(path) || path.starts_with("/api/") {
            return Err(Error::new(Reason::NotFound));
        }
        Ok(self.rest(head))
    }

    fn s3(&self, head: &Head) -> Result<Route, Error> {
        let named = self.hosts.read(&head.authority)?;
        let door = match &named.own {
            Some(own) if own.native || native::is_native(head, named.bucket.is_some()) => {
                Door::Native
            }
            // What is no S3 may still be something that HCP knows.
            Some(_) => s3::target(head, named.bucket).map_or(Door::Native, Door::S3),
            None => Door::S3(s3::target(head, named.bucket)?),
        };
        Ok(Route {
            door,
            tenant: named.tenant,
            system: false,
            own_name: named.own.map(|own| own.host),
        })
    }
}

/// The route of a request that could not be routed: enough to word its error.
#[must_use]
pub fn unrouted(listener: Listener, head: &Head) -> Route {
    let door = match listener {
        Listener::S3 => Door::S3(S3Target {
            operation: Operation::Unknown,
            bucket: None,
            upstream_path: "/".to_owned(),
            style: Style::Path,
        }),
        Listener::Api => match management::service(head.raw_path()) {
            Some(service) => Door::Management(service),
            None => Door::Rest { public: false },
        },
        Listener::Admin => Door::Rest { public: false },
    };
    Route::new(door)
}
