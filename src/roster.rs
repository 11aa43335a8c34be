//! The one list of plugins. Order inside a phase is the order of this list.

use std::collections::BTreeMap;

use portico_sdk::settings::{Fault, Place, Section};
use portico_sdk::{Entry, Registry, Services};

/// Every plugin that is built in.
pub const ROSTER: &[Entry] = &[
    #[cfg(feature = "auth")]
    Entry::of::<portico_auth::Auth>(),
    #[cfg(feature = "cache")]
    Entry::of::<portico_cache::CachePlugin>(),
    #[cfg(feature = "keyring")]
    Entry::of::<portico_keyring::KeyringPlugin>(),
    #[cfg(feature = "s3")]
    Entry::of::<portico_s3::S3>(),
    #[cfg(feature = "mapi")]
    Entry::of::<portico_mapi::Mapi>(),
    #[cfg(feature = "telemetry")]
    Entry::of::<portico_telemetry::Telemetry>(),
    #[cfg(feature = "query")]
    Entry::of::<portico_query::QueryPlugin>(),
    #[cfg(feature = "jobs")]
    Entry::of::<portico_jobs::JobsPlugin>(),
    #[cfg(feature = "objects")]
    Entry::of::<portico_objects::ObjectsPlugin>(),
    #[cfg(feature = "lance")]
    Entry::of::<portico_lance::LancePlugin>(),
    #[cfg(feature = "cors")]
    Entry::of::<portico_cors::Cors>(),
    #[cfg(feature = "docs")]
    Entry::of::<portico_docs::Docs>(),
    #[cfg(feature = "sample")]
    Entry::of::<portico_sample::Sample>(),
];

/// Hands every plugin its section and lets it join the phases.
///
/// Sections that no plugin claims were refused when the settings were read.
///
/// # Errors
/// Every fault of every section.
pub fn install(
    services: Services,
    mut sections: BTreeMap<String, Section>,
) -> Result<Registry, Vec<Fault>> {
    let mut registry = Registry::new(services);
    let mut faults = Vec::new();
    for entry in ROSTER {
        let section = sections
            .remove(entry.name)
            .unwrap_or_else(|| Section::absent(entry.name));
        if let Err(found) = (entry.install)(section, &mut registry) {
            // After one has failed, a plugin as a whole may only lack what that one would have lent.
            let follows = |fault: &Fault| fault.place == Place::Section && !faults.is_empty();
            let own: Vec<_> = found.into_iter().filter(|fault| !follows(fault)).collect();
            faults.extend(own);
        }
    }
    if faults.is_empty() {
        Ok(registry)
    } else {
        Err(faults)
    }
}
