//! From a configuration to the house: settings read, plugins installed, pipeline built.

use std::path::Path;
use std::sync::Arc;

use portico_sdk::brake::Brake;
use portico_sdk::load::Load;
use portico_sdk::plugin::Built;
use portico_sdk::settings::Fault;
use portico_sdk::{Services, clock};

use crate::roster::{self, ROSTER};
use crate::settings::{self, Faults, Settings};

/// The file in the working directory that may hold further settings.
const DOTENV: &str = ".env";

/// Reads the file, then `.env` of the working directory, then the process's environment.
///
/// # Errors
/// Every fault that can be found without installing the plugins.
pub fn load(conf: Option<&Path>) -> Result<Settings, Faults> {
    settings::load(
        conf,
        settings::environment(),
        Some(Path::new(DOTENV)),
        ROSTER,
    )
}

/// Installs the plugins and builds the pipeline.
///
/// # Errors
/// Every fault that only the plugins themselves can see.
pub fn build(settings: &mut Settings) -> Result<Built, Faults> {
    let sections = std::mem::take(&mut settings.sections);
    let upstreams = settings.upstream.upstreams();
    let mut upstreams = upstreams.map_err(|faults| settings.source.faults(faults))?;
    upstreams.default_tenant = settings.route.default_tenant();
    let mut services = Services::new(clock::system(), upstreams);
    let redis = settings.redis.shared();
    services.redis = redis.map_err(|fault| settings.source.faults([fault]))?;
    services.operator = settings.admin.operator();
    services.data_directory = Some(settings.data_directory()?);
    let told = services.upstreams.health.register(&services.metrics);
    told.map_err(|error| {
        let fault = Fault::section("upstream", error.to_string());
        settings.source.faults([fault])
    })?;
    services
        .upstreams
        .health
        .break_by(settings.upstream.breaker());
    let load = Load::new(&services.metrics).map_err(|error| {
        let fault = Fault::section("limits", error.to_string());
        settings.source.faults([fault])
    })?;
    load.limit(settings.limits.load());
    services.load = Arc::new(load);
    let brake = Brake::new(settings.limits.failed_proofs(), &services.metrics);
    services.brake = Arc::new(brake.map_err(|error| {
        let fault = Fault::section("limits", error.to_string());
        settings.source.faults([fault])
    })?);
    let installed = roster::install(services, sections);
    let registry = installed.map_err(|faults| settings.source.faults(faults))?;
    registry.build().map_err(|error| {
        let fault = Fault::section("telemetry", error.to_string());
        settings.source.faults([fault])
    })
}
