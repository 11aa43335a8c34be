//! The plugin: settings in, routes registered.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use portico_aws::{ClientError, Clients};
use portico_hcp::Hcp;
use portico_sdk::cache::ResponseCache;
use portico_sdk::error::chain;
use portico_sdk::jobs::JobRoutes;
use portico_sdk::presign::Presigner;
use portico_sdk::rest::Routes;
use portico_sdk::settings::{Fault, Size};
use portico_sdk::{Plugin, Registry};

use crate::desk::Desk;
use crate::settings::Settings;
use crate::upload::{Memory, Progress};
use crate::{buckets, events, heard, multipart, objects};

/// The longest answer of HCP's management that is read: nothing is asked there but to be done.
const ANSWER: Size = Size(1 << 20);

/// Buckets, objects, versions and uploads as REST.
///
/// It must stand behind the plugins of the roster that lend links, and jobs.
#[derive(Debug, Clone, Copy)]
pub struct ObjectsPlugin;

impl Plugin for ObjectsPlugin {
    const NAME: &'static str = "objects";
    type Settings = Settings;

    fn install(settings: Settings, registry: &mut Registry) -> Result<(), Fault> {
        settings.check()?;
        let upstreams = Arc::clone(&registry.services.upstreams);
        let backend = upstreams.backend;
        let fault = |error: ClientError| Fault::section(Self::NAME, chain(&error));
        let cache = registry.services.borrow::<dyn ResponseCache>();
        let open = registry.services.management.is_open();
        let hcp = open.then(|| Hcp::new(Arc::clone(&upstreams), ANSWER));
        let hcp = hcp.transpose().map_err(fault)?;
        let desk = Desk {
            clients: Clients::new(upstreams, cache.clone()).map_err(fault)?,
            hcp: hcp.map(|hcp| hcp.keeping(cache)),
            backend,
            memory: Memory::new(settings.upload_memory),
            progress: Progress::default(),
            presigner: registry.services.borrow::<dyn Presigner>(),
            jobs: registry.services.borrow::<dyn JobRoutes>(),
        };
        registry.rest(routes(desk));
        Ok(())
    }
}

fn routes(desk: Desk) -> Routes {
    // Documents have limits of their own; objects have none.
    let unlimited = |router: axum::Router<_>| router.layer(DefaultBodyLimit::disable());
    let routes = buckets::routes().merge(objects::routes(desk.jobs.as_deref()));
    let routes = routes.merge(multipart::routes()).merge(events::routes());
    let routes = routes.layered(unlimited).with_state(Arc::new(desk));
    routes.layered(|router| router.layer(from_fn(heard::listen)))
}
