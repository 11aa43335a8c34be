//! The core's own settings that change while the process runs.

use std::sync::Arc;

use portico_sdk::Services;
use portico_sdk::reload::Reloadable;

use super::crowd::Crowd;
use crate::proxy::{Current, Manners};
use crate::settings::{AdminSettings, LimitSettings, UpstreamSettings};

/// Those of `[limits]` that need no new socket and no new connection.
const LIMITS: &[&str] = &[
    "body",
    "connections_per_address",
    "failed_proofs_burst",
    "failed_proofs_per_minute",
    "header_timeout",
    "max_body_size",
    "max_header_size",
    "max_requests",
    "read_timeout",
    "requests_per_principal",
    "shed_above",
    "slow_down_at_most",
    "total_timeout",
    "write_timeout",
];

/// Those of `[upstream]` that change nothing on the way to the store.
const UPSTREAM: &[&str] = &["breaker_failures", "breaker_faults", "breaker_rest"];

/// All of them.
pub(super) fn reloadable(
    services: &Services,
    manners: &Current,
    crowd: &Arc<Crowd>,
) -> [Reloadable; 3] {
    let operator = services.operator.clone();
    let admin = Reloadable::new("admin", &["token"], move |settings: AdminSettings| {
        let operator = operator.clone();
        Ok(Box::new(move || operator.set(settings.token())))
    });
    let health = services.upstreams.health.clone();
    let upstream = Reloadable::new("upstream", UPSTREAM, move |settings: UpstreamSettings| {
        let health = health.clone();
        Ok(Box::new(move || health.break_by(settings.breaker())))
    });
    [limits(services, manners, crowd), admin, upstream]
}

fn limits(services: &Services, manners: &Current, crowd: &Arc<Crowd>) -> Reloadable {
    let (manners, crowd) = (manners.clone(), Arc::clone(crowd));
    let (load, brake) = (Arc::clone(&services.load), Arc::clone(&services.brake));
    Reloadable::new("limits", LIMITS, move |settings: LimitSettings| {
        let new = Manners::new(&settings);
        let (manners, crowd) = (manners.clone(), Arc::clone(&crowd));
        let (load, brake) = (Arc::clone(&load), Arc::clone(&brake));
        Ok(Box::new(move || {
            manners.set(new);
            load.limit(settings.load());
            brake.set(settings.failed_proofs());
            crowd.limit_addresses(settings.connections_per_address);
        }))
    })
}
