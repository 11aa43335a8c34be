//! The plugin: settings in, routes registered.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use portico_aws::Clients;
use portico_sdk::cache::ResponseCache;
use portico_sdk::error::chain;
use portico_sdk::presign::Presigner;
use portico_sdk::rest::Routes;
use portico_sdk::settings::Fault;
use portico_sdk::{Plugin, Registry};

use crate::desk::Desk;
use crate::settings::Settings;
use crate::upload::Memory;
use crate::{buckets, multipart, objects};

/// Buckets, objects, versions and uploads as REST.
///
/// It must stand behind the plugins of the roster that lend links.
#[derive(Debug, Clone, Copy)]
pub struct ObjectsPlugin;

impl Plugin for ObjectsPlugin {
    const NAME: &'static str = "objects";
    type Settings = Settings;

    fn install(settings: Settings, registry: &mut Registry) -> Result<(), Fault> {
        settings.check()?;
        let upstreams = Arc::clone(&registry.services.upstreams);
        let backend = upstreams.backend;
        let cache = registry.services.borrow::<dyn ResponseCache>();
        let clients = Clients::new(upstreams, cache);
        let clients = clients.map_err(|error| Fault::section(Self::NAME, chain(&error)))?;
        let desk = Desk {
            clients,
            backend,
            memory: Memory::new(settings.upload_memory),
            presigner: registry.services.borrow::<dyn Presigner>(),
        };
        registry.rest(routes(desk));
        Ok(())
    }
}

fn routes(desk: Desk) -> Routes {
    // Documents have limits of their own; objects have none.
    let unlimited = |router: axum::Router<_>| router.layer(DefaultBodyLimit::disable());
    let routes = buckets::routes().merge(objects::routes());
    let routes = routes.merge(multipart::routes());
    routes.layered(unlimited).with_state(Arc::new(desk))
}
