//! Is Redis there, and has it been told everything?

use std::time::Duration;

use portico_sdk::readiness::{Check, Readiness};
use tokio::time::{MissedTickBehavior, interval};

use crate::cache::Cache;

/// How often both are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Tells Redis what it could not be told when it happened, for as long as the process lives. Without
/// Redis traffic may come all the same.
pub(crate) async fn tend(cache: &Cache, readiness: &Readiness) {
    let Some(far) = cache.far() else {
        return;
    };
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        far.settle(cache.now()).await;
        let word = if far.is_there().await {
            "connected"
        } else {
            "unreachable"
        };
        readiness.set("cache", Check { word, ready: true });
    }
}
