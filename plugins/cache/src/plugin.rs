//! The plugin: the cache lent, the answers to writes watched.

use std::sync::Arc;

use portico_sdk::cache::ResponseCache;
use portico_sdk::seal::Seals;
use portico_sdk::services::MissingService;
use portico_sdk::settings::Fault;
use portico_sdk::{Plugin, Registry};

use crate::cache::{Cache, Switch};
use crate::figures::{self, Figures};
use crate::settings::Settings;
use crate::settle::Settle;

pub(crate) const NAME: &str = "cache";

/// The response cache.
#[derive(Debug, Clone, Copy)]
pub struct CachePlugin;

impl Plugin for CachePlugin {
    const NAME: &'static str = NAME;

    type Settings = Settings;

    fn install(settings: Settings, registry: &mut Registry) -> Result<(), Fault> {
        settings.check()?;
        // One process of several would not hear of the others' changes.
        if !settings.enabled || registry.services.redis.is_some() {
            return Ok(());
        }
        let services = &registry.services;
        let seals = services.borrow::<dyn Seals>();
        let missing = || Fault::section(NAME, MissingService::of::<dyn Seals>().to_string());
        let seal = seals.ok_or_else(missing)?.seal(NAME);
        let broken = |error: prometheus::Error| Fault::section(NAME, error.to_string());
        let figures = Figures::new(&services.metrics).map_err(broken)?;
        let clock = Arc::clone(&services.clock);
        let cache = Cache::new(settings, clock, seal, figures, switch(registry));
        figures::watch(cache.memory(), &registry.services).map_err(broken)?;
        registry
            .services
            .lend::<dyn ResponseCache>(Arc::new(cache.clone()));
        let by = registry.services.upstreams.auth_type;
        let settle = Settle { cache, by };
        registry.filter(settle.clone());
        registry.observe(settle);
        Ok(())
    }
}

/// During a hand-over the next process waits for its turn, which the one before has until its end.
fn switch(registry: &mut Registry) -> Switch {
    let leaving = registry.services.leaving.clone();
    let Some(folder) = registry.services.data_directory.clone() else {
        return Switch::on(leaving);
    };
    let switch = Switch::off(leaving);
    let waiting = switch.clone();
    registry.background("cache turn", move || async move {
        if let Err(error) = waiting.take(&folder).await {
            tracing::warn!(%error, "nothing is kept, because the data directory cannot be locked");
        }
    });
    switch
}
