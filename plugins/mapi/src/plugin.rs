//! The plugin: nothing where HCP is not behind the house, or management is switched off.

use portico_sdk::settings::Fault;
use portico_sdk::upstream::Backend;
use portico_sdk::{Plugin, Registry};

use crate::settings::Settings;

/// HCP's management and query services.
#[derive(Debug, Clone, Copy)]
pub struct Mapi;

impl Plugin for Mapi {
    const NAME: &'static str = "mapi";
    type Settings = Settings;

    fn install(settings: Settings, registry: &mut Registry) -> Result<(), Fault> {
        let backend = registry.services.upstreams.backend;
        if settings.enabled && backend == Backend::Hcp {
            registry.services.management.open();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use portico_sdk::{Services, clock, testkit};

    use super::*;

    #[test]
    fn management_is_open_on_hcp_unless_switched_off() {
        let open = |enabled, backend| {
            let mut upstreams = testkit::upstreams();
            upstreams.backend = backend;
            let mut registry = Registry::new(Services::new(clock::system(), upstreams));
            let settings = Settings {
                enabled,
                ..Settings::default()
            };
            Mapi::install(settings, &mut registry).unwrap();
            registry.services.management.is_open()
        };
        assert!(open(true, Backend::Hcp));
        assert!(!open(false, Backend::Hcp));
        assert!(!open(true, Backend::Minio) && !open(true, Backend::Generic));
    }
}
