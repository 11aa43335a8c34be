//! The plugin: settings in, observers, routes and the watch over the store registered.

use portico_clients::Client;
use portico_sdk::error::chain;
use portico_sdk::readiness::{Check, Readiness};
use portico_sdk::reload::Change;
use portico_sdk::settings::Fault;
use portico_sdk::{Plugin, Registry};

use crate::access::AccessLog;
use crate::health;
use crate::logging::{self, LoggingError};
use crate::metrics::Metrics;
use crate::otel::{Layers, Otel};
use crate::probe::Probe;
use crate::settings::{NAME, Settings};
use crate::steered;
use crate::steering::Steering;
use crate::watched;

/// Metrics, access log, health, readiness.
#[derive(Debug, Clone, Copy)]
pub struct Telemetry;

impl Plugin for Telemetry {
    const NAME: &'static str = NAME;
    type Settings = Settings;

    fn install(settings: Settings, registry: &mut Registry) -> Result<(), Fault> {
        settings.check()?;
        let otel = Otel::new(&settings, registry)?;
        start_log(&settings, otel.as_ref().map(Otel::layers))?;
        let services = &registry.services;
        let metrics = Metrics::new(&services.metrics, settings.tenants);
        let watched = watched::register(&services.metrics, services.readiness.clone());
        watched.map_err(|error| fault(&error))?;
        registry.observe(metrics.map_err(|error| fault(&error))?);
        if let Some(otel) = otel {
            otel.register(registry);
        }
        if settings.access_log {
            registry.observe(AccessLog);
        }
        serve(registry);
        registry.reloads::<Self>(&["log_level"], new_level);
        watch(&settings, registry)
    }
}

/// The log belongs to the process: whoever has started one already keeps it.
fn start_log(settings: &Settings, exported: Option<Layers>) -> Result<(), Fault> {
    let (format, level) = (settings.log_format, &settings.log_level);
    let started = match exported {
        Some(layers) => logging::init_exporting(format, level, layers),
        None => logging::init(format, level),
    };
    match started {
        Ok(()) | Err(LoggingError::Started(_)) => Ok(()),
        Err(error) => Err(Fault::key(NAME, "log_level", error.to_string())),
    }
}

/// The settings have been read again.
fn new_level(settings: Settings) -> Result<Change, Fault> {
    settings.check()?;
    Ok(Box::new(move || {
        if let Some(log) = Steering::of_process() {
            // It has been checked.
            let _ = log.configure(&settings.log_level);
        }
    }))
}

fn serve(registry: &mut Registry) {
    for path in health::PATHS.into_iter().chain([health::METRICS]) {
        registry.public(path);
    }
    let services = &registry.services;
    without_cache(&services.readiness);
    let routes = health::routes(services.readiness.clone(), services.metrics.clone());
    let routes = routes.merge(steered::routes(services.operator.clone()));
    registry.for_operator(steered::PATH);
    registry.rest(routes);
}

/// The answer always speaks of a cache; a plugin that brings one says otherwise.
fn without_cache(readiness: &Readiness) {
    if !readiness.checks().contains_key("cache") {
        let word = "disabled";
        readiness.set("cache", Check { word, ready: true });
    }
}

fn watch(settings: &Settings, registry: &mut Registry) -> Result<(), Fault> {
    let services = &registry.services;
    let client = Client::new(&services.upstreams).map_err(|error| fault(&error))?;
    let probe = Probe::new(
        client,
        &services.upstreams,
        services.readiness.clone(),
        settings.probe_timeout.0,
    );
    let every = settings.probe_interval.0;
    registry.background("store probe", move || probe.watch(every));
    Ok(())
}

fn fault(error: &(dyn std::error::Error + 'static)) -> Fault {
    Fault::section(NAME, chain(error))
}
