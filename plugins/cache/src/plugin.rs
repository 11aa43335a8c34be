//! The plugin: the cache lent, the answers to writes watched.

use std::sync::Arc;

use portico_redis::Redis;
use portico_sdk::cache::ResponseCache;
use portico_sdk::leaving::Leaving;
use portico_sdk::seal::Seals;
use portico_sdk::services::MissingService;
use portico_sdk::settings::Fault;
use portico_sdk::{Plugin, Registry, Services};

use crate::cache::{Cache, Switch};
use crate::figures::{self, Figures};
use crate::purge;
use crate::settings::Settings;
use crate::settle::Settle;
use crate::tender;

pub(crate) const NAME: &str = "cache";

/// The response cache.
#[derive(Debug, Clone, Copy)]
pub struct CachePlugin;

impl Plugin for CachePlugin {
    const NAME: &'static str = NAME;

    type Settings = Settings;

    fn install(settings: Settings, registry: &mut Registry) -> Result<(), Fault> {
        settings.check()?;
        if !settings.enabled {
            return Ok(());
        }
        let services = &registry.services;
        let seals = services.borrow::<dyn Seals>();
        let missing = || Fault::section(NAME, MissingService::of::<dyn Seals>().to_string());
        let seal = seals.ok_or_else(missing)?.seal(NAME);
        let broken = |error: prometheus::Error| Fault::section(NAME, error.to_string());
        let figures = Figures::new(&services.metrics).map_err(broken)?;
        let clock = Arc::clone(&services.clock);
        let redis = redis(&settings, services)?;
        let switch = switch(registry, redis.is_some());
        let cache = Cache::new(settings, clock, seal, figures, switch, redis);
        let owing = cache.clone();
        let owed = move || owing.far().map_or(0, |far| far.debts.count() as u64);
        figures::watch(cache.memory(), owed, &registry.services).map_err(broken)?;
        probe(registry);
        serve(&cache, registry);
        let lent = Arc::new(cache.clone());
        registry.services.lend::<dyn ResponseCache>(lent);
        let by = registry.services.upstreams.auth_type;
        let settle = Settle { cache, by };
        registry.filter(settle.clone());
        registry.observe(settle);
        Ok(())
    }
}

fn redis(settings: &Settings, services: &Services) -> Result<Option<Redis>, Fault> {
    let Some(shared) = &services.redis else {
        return Ok(None);
    };
    let redis = Redis::with_timeout(shared, settings.redis_timeout.0);
    let redis = redis.map_err(|error| Fault::key("redis", "url", error.to_string()))?;
    Ok(Some(redis))
}

/// The operator's way to drop what is kept.
fn serve(cache: &Cache, registry: &mut Registry) {
    let services = &registry.services;
    let routes = purge::routes(cache, &services.operator, &services.upstreams);
    registry.rest(routes);
    registry.for_operator(purge::PATH);
}

/// Says how Redis is, where replicas share one.
fn probe(registry: &mut Registry) {
    let Some(shared) = registry.services.redis.clone() else {
        return;
    };
    let readiness = registry.services.readiness.clone();
    let shared = Arc::new(shared);
    registry.background("cache probe", move || tender::probe(shared, readiness));
}

/// During a hand-over the next process waits for its turn, which the one before has until its end.
fn switch(registry: &mut Registry, shared: bool) -> Switch {
    let leaving = registry.services.leaving.clone();
    if shared {
        // Both hear of each other's changes.
        return Switch::on(Leaving::default());
    }
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
