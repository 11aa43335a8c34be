//! The plugin: settings in, routes registered.

use std::sync::Arc;

use portico_aws::Clients;
use portico_sdk::cache::ResponseCache;
use portico_sdk::error::chain;
use portico_sdk::helper::Helper;
use portico_sdk::jobs::Chores;
use portico_sdk::settings::Fault;
use portico_sdk::{Plugin, Registry};

use crate::desk::{Desk, Limits};
use crate::routes::{self, Builder};
use crate::sessions::Sessions;
use crate::settings::Settings;
use crate::store::Parts;
use crate::workshop::Workshop;

/// Tables of Lance that live in the store.
///
/// It must stand behind the plugins of the roster that keep answers, and run jobs.
#[derive(Debug, Clone, Copy)]
pub struct LancePlugin;

impl Plugin for LancePlugin {
    const NAME: &'static str = "lance";
    type Settings = Settings;
    const HELPERS: &'static [Helper] = &[routes::READER];

    fn install(settings: Settings, registry: &mut Registry) -> Result<(), Fault> {
        settings.check()?;
        let upstreams = Arc::clone(&registry.services.upstreams);
        let cache = registry.services.borrow::<dyn ResponseCache>();
        let clients = Clients::new(Arc::clone(&upstreams), cache.clone());
        let clients = clients.map_err(|error| Fault::section(Self::NAME, chain(&error)))?;
        let parts = Parts::new(&settings, &registry.services)?;
        let desk = Desk {
            sessions: Sessions::new(clients, upstreams.region.clone(), &settings, parts),
            workshop: Workshop::new(&settings),
            chores: registry.services.borrow::<dyn Chores>(),
            cache,
            upstreams,
            limits: Limits {
                memory: settings.max_memory.0,
                upload: usize::try_from(settings.max_upload.0).unwrap_or(usize::MAX),
                decoded: settings.max_decoded.0,
                write: settings.max_write_time.0,
            },
        };
        let desk = Arc::new(desk);
        if let Some(chores) = &desk.chores {
            chores.enroll(Arc::new(Builder::new(&desk)));
        }
        desk.workshop.bound_training();
        registry.rest(routes::routes(desk));
        Ok(())
    }
}
