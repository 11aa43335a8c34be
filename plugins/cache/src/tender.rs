//! Is Redis there, and has it been told everything?

use std::sync::Arc;
use std::time::Duration;

use portico_redis::Redis;
use portico_sdk::readiness::{Check, Readiness};
use portico_sdk::shared::SharedRedis;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::cache::Cache;

/// How often is looked whether anything is owed.
const LOOK: Duration = Duration::from_secs(1);

/// How often is looked whether Redis is there.
const PROBE: Duration = Duration::from_secs(5);

/// Listens to changes, and tells Redis what it could not be told when it happened.
///
/// On the runtime of the requests, whose connection to Redis it shares, and for as long as that lives:
/// beyond the signal that ends the process, as the requests do.
pub(crate) fn begin(cache: &Cache) {
    let (listening, telling) = (cache.clone(), cache.clone());
    tokio::spawn(async move {
        if let Some(far) = listening.far() {
            far.listen().await;
        }
    });
    tokio::spawn(async move {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while let Some(far) = telling.far() {
            looks.tick().await;
            far.settle(telling.now()).await;
        }
    });
}

/// Says whether Redis is there, over connections of its own. Without it traffic may come all the same.
pub(crate) async fn probe(shared: Arc<SharedRedis>, readiness: Readiness) {
    loop {
        let is_there = match Redis::new(&shared) {
            Ok(redis) => redis.connect().await.is_ok(),
            Err(_) => false,
        };
        let word = if is_there { "connected" } else { "unreachable" };
        readiness.set("cache", Check { word, ready: true });
        sleep(PROBE).await;
    }
}
