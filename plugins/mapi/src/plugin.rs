//! The plugin: nothing where HCP is not behind the house, or management is switched off.

use std::sync::Arc;

use portico_hcp::Hcp;
use portico_sdk::cache::ResponseCache;
use portico_sdk::keyring::Keyring;
use portico_sdk::settings::Fault;
use portico_sdk::upstream::Backend;
use portico_sdk::{Plugin, Registry};

use crate::admission::Admission;
use crate::discretion::Discretion;
use crate::door::ManagementDoor;
use crate::passwords::Passwords;
use crate::rest::{self, Desk};
use crate::settings::Settings;

/// HCP's management and query services.
#[derive(Debug, Clone, Copy)]
pub struct Mapi;

impl Plugin for Mapi {
    const NAME: &'static str = "mapi";
    type Settings = Settings;

    fn install(settings: Settings, registry: &mut Registry) -> Result<(), Fault> {
        let upstreams = Arc::clone(&registry.services.upstreams);
        if !settings.enabled || upstreams.backend != Backend::Hcp {
            return Ok(());
        }
        registry.services.management.open();
        let hcp = Hcp::new(Arc::clone(&upstreams), settings.max_answer)
            .map_err(|error| Fault::section(Self::NAME, portico_sdk::error::chain(&error)))?;
        let hcp = hcp.keeping(registry.services.borrow::<dyn ResponseCache>());
        let kept = hcp.kept().cloned();
        let ring = registry.services.borrow::<dyn Keyring>();
        registry.rest(rest::routes(Desk {
            hcp,
            clock: Arc::clone(&registry.services.clock),
            ring: ring.clone(),
        }));
        registry.authorize(Admission {
            passthrough: settings.passthrough,
        });
        registry.handle(ManagementDoor { upstreams, kept });
        registry.filter(Discretion);
        if let Some(ring) = ring {
            registry.filter(Passwords { ring });
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
