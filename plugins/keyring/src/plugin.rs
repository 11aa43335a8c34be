//! The plugin: the ring lent, the watch set, the keeper started.

use std::sync::Arc;

use portico_redis::Redis;
use portico_sdk::keyring::Keyring;
use portico_sdk::seal::{Seal, Seals};
use portico_sdk::services::MissingService;
use portico_sdk::settings::Fault;
use portico_sdk::upstream::Backend;
use portico_sdk::{Plugin, Registry, Services};
use tokio::sync::mpsc;

use crate::guess::Guesses;
use crate::keep::{Far, File, FileFault, Keeper};
use crate::ring::Ring;
use crate::settings::Settings;
use crate::watch::Watch;

pub(crate) const NAME: &str = "keyring";

/// Changes that may wait to be kept.
const QUEUE: usize = 1024;

/// The keyring; on other backends than HCP it does nothing.
#[derive(Debug, Clone, Copy)]
pub struct KeyringPlugin;

impl Plugin for KeyringPlugin {
    const NAME: &'static str = NAME;

    type Settings = Settings;

    fn install(settings: Settings, registry: &mut Registry) -> Result<(), Fault> {
        settings.check()?;
        if registry.services.upstreams.backend != Backend::Hcp {
            return Ok(());
        }
        let seals = registry.services.borrow::<dyn Seals>();
        let missing = || Fault::section(NAME, MissingService::of::<dyn Seals>().to_string());
        let seal = seals.ok_or_else(missing)?.seal(NAME);
        let far = far(&settings, &registry.services, &seal)?;
        let file = file(&settings, &registry.services, &seal);
        let (notes, queue) = mpsc::channel(QUEUE);
        let clock = Arc::clone(&registry.services.clock);
        let ring = Arc::new(Ring::new(&settings, clock, far.clone(), Some(notes)));
        let fault = file.as_ref().and_then(|file| load(&ring, file).err());
        count(&ring, &registry.services)?;
        let keeper = Keeper {
            ring: Arc::clone(&ring),
            notes: queue,
            far,
            file,
            fault,
        };
        registry.background("keyring", move || keeper.work());
        watch(&ring, registry);
        registry.services.lend::<dyn Keyring>(ring);
        Ok(())
    }
}

fn watch(ring: &Arc<Ring>, registry: &mut Registry) {
    let watch = || Watch {
        ring: Arc::clone(ring) as Arc<dyn Keyring>,
        guesses: Guesses {
            ring: Arc::clone(ring) as Arc<dyn Keyring>,
            brake: Arc::clone(&registry.services.brake),
        },
        default_tenant: registry.services.upstreams.default_tenant.clone(),
    };
    let (learns, forgets) = (watch(), watch());
    registry.observe(learns);
    registry.filter(forgets);
}

fn far(
    settings: &Settings,
    services: &Services,
    seal: &Arc<dyn Seal>,
) -> Result<Option<Far>, Fault> {
    let Some(shared) = &services.redis else {
        return Ok(None);
    };
    let redis = Redis::new(shared).map_err(|error| Fault::section("redis", error.to_string()))?;
    let far = Far::new(Arc::new(redis), Arc::clone(seal), settings.lifetime.0);
    Ok(Some(far))
}

fn file(settings: &Settings, services: &Services, seal: &Arc<dyn Seal>) -> Option<File> {
    let folder = services.data_directory.as_deref()?;
    settings.keep.then(|| File::new(folder, Arc::clone(seal)))
}

/// Whatever is wrong with the file, the ring begins empty then, and fills again.
fn load(ring: &Ring, file: &File) -> Result<(), FileFault> {
    for (owner, accepted) in file.read()? {
        ring.remember(&owner, accepted);
    }
    Ok(())
}

fn count(ring: &Arc<Ring>, services: &Services) -> Result<(), Fault> {
    let ring = Arc::clone(ring);
    let gauge = prometheus::PullingGauge::new(
        "portico_keyring_access_keys",
        "Access keys whose secrets HCP has accepted lately, in this process.",
        Box::new(move || {
            #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
            let count = ring.len() as f64;
            count
        }),
    );
    gauge
        .and_then(|gauge| services.metrics.register(Box::new(gauge)))
        .map_err(|error| Fault::section(NAME, error.to_string()))
}
