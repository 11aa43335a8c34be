//! The plugin: the engine started, its routes lent.

use std::path::Path;
use std::sync::Arc;

use portico_aws::{ClientError, Clients};
use portico_redis::Redis;
use portico_sdk::cache::ResponseCache;
use portico_sdk::error::chain;
use portico_sdk::jobs::{Chores, JobRoutes};
use portico_sdk::seal::Seals;
use portico_sdk::services::MissingService;
use portico_sdk::settings::Fault;
use portico_sdk::users::Users;
use portico_sdk::{Plugin, Registry, Services};
use portico_zip::Packing;

use crate::engine::{Engine, Ground, Terms};
use crate::figures::Figures;
use crate::kind::Kind;
use crate::kinds::{CountKind, DeleteKind, ZipKind};
use crate::routes::{Desk, Turns, ZIP_LINKS, links};
use crate::settings::Settings;
use crate::store::{Caps, RedisStore, SqliteStore, Store};
use crate::vault::Vault;

pub(crate) const NAME: &str = "jobs";

/// Jobs in the background.
#[derive(Debug, Clone, Copy)]
pub struct JobsPlugin;

impl Plugin for JobsPlugin {
    const NAME: &'static str = NAME;

    type Settings = Settings;

    fn install(settings: Settings, registry: &mut Registry) -> Result<(), Fault> {
        settings.check()?;
        let services = &registry.services;
        let folder = settings.folder(services.data_directory.as_deref())?;
        let broken = |error: prometheus::Error| Fault::section(NAME, error.to_string());
        Figures::tell_limit(&services.metrics, settings.disk.0).map_err(broken)?;
        let engine = Engine::new(Ground {
            store: store(&settings, &folder, services)?,
            vault: vault(services)?,
            clients: clients(services)?,
            clock: Arc::clone(&services.clock),
            terms: terms(&settings, &folder),
            figures: Figures::new(&services.metrics).map_err(broken)?,
        });
        for kind in kinds(&settings) {
            engine.enroll(kind);
        }
        let desk = Desk {
            engine: engine.clone(),
            // Connections belong to the runtime that made them: requests have theirs.
            clients: clients(services)?,
            backend: services.upstreams.backend,
            leaving: services.leaving.clone(),
            keep_zip: settings.keep_zip,
            link_ttl: settings.link_ttl.0,
            public_url: settings.public_url.trim_end_matches('/').to_owned(),
            turns: Turns::new(settings.streams, settings.streams_per_user),
        };
        let desk = Arc::new(desk);
        let leaving = services.leaving.clone();
        registry.rest(links(Arc::clone(&desk)));
        registry.public(ZIP_LINKS);
        registry
            .services
            .lend::<dyn JobRoutes>(Arc::clone(&desk) as _);
        registry.services.lend::<dyn Chores>(desk);
        registry.closing(NAME, move || engine.work(leaving));
        Ok(())
    }
}

fn kinds(settings: &Settings) -> Vec<Arc<dyn Kind>> {
    let count = CountKind {
        kept: settings.counts_kept.0,
    };
    let delete = DeleteKind {
        kept: settings.kept.0,
    };
    let zip = ZipKind {
        kept: settings.kept.0,
        packing: Packing::new(settings.zip_compression),
    };
    vec![Arc::new(count), Arc::new(delete), Arc::new(zip)]
}

fn store(settings: &Settings, folder: &Path, services: &Services) -> Result<Arc<dyn Store>, Fault> {
    let Some(shared) = &services.redis else {
        return Ok(Arc::new(SqliteStore::new(folder)));
    };
    let redis = Redis::with_timeout(shared, settings.redis_timeout.0);
    let redis = redis.map_err(|error| Fault::key("redis", "url", error.to_string()))?;
    Ok(Arc::new(RedisStore::new(redis)))
}

fn vault(services: &Services) -> Result<Vault, Fault> {
    let seals = services.borrow::<dyn Seals>();
    let missing = || Fault::section(NAME, MissingService::of::<dyn Seals>().to_string());
    Ok(Vault {
        seal: seals.ok_or_else(missing)?.seal(NAME),
        house: services.house.clone(),
        users: services.borrow::<dyn Users>(),
    })
}

fn clients(services: &Services) -> Result<Clients, Fault> {
    let cache = services.borrow::<dyn ResponseCache>();
    let made = Clients::new(Arc::clone(&services.upstreams), cache);
    made.map_err(|error: ClientError| Fault::section(NAME, chain(&error)))
}

fn terms(settings: &Settings, folder: &Path) -> Terms {
    Terms {
        running: settings.running,
        running_per_owner: settings.running_per_user,
        caps: Caps {
            all: settings.limit,
            per_owner: settings.limit_per_user,
        },
        lease: settings.lease.0,
        patience: settings.patience.0,
        page: settings.page,
        credential_ttl: settings.credential_ttl.0,
        kept: settings.kept.0,
        folder: folder.join("files"),
        disk: settings.disk.0,
    }
}
