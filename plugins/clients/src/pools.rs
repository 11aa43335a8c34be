//! The connections of a client: one pool for each list of addresses, and none that leads where a
//! breaker is open.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};

use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy;
use portico_sdk::upstream::Health;

use crate::dial::{Dial, Within};
use crate::pace::PacedBody;

/// Connections to one list of addresses, by scheme, host and port.
pub(crate) type Pool = legacy::Client<Within<HttpsConnector<Dial>>, PacedBody>;

/// hyper keeps connections by scheme, host and port alone. Upstreams of one name but different
/// addresses must not share them, so each list has a pool of its own. Lists come from the settings:
/// there are a handful.
#[derive(Default)]
pub(crate) struct Pools(RwLock<Kept>);

#[derive(Default)]
struct Kept {
    pools: HashMap<Arc<[SocketAddr]>, Pool>,
    /// How many openings of breakers they have been looked through for.
    openings: u64,
}

impl Pools {
    /// The pool of these addresses, made if there is none.
    ///
    /// A new connection asks the breakers, a kept one cannot be asked where it leads. So a pool that
    /// may lead to an address whose breaker has opened is left to whoever uses it just now, and a new
    /// one takes its place: other addresses are connected to once more, which a store in trouble
    /// costs little.
    pub(crate) fn of(
        &self,
        addresses: &Arc<[SocketAddr]>,
        health: &Health,
        open: impl FnOnce() -> Pool,
    ) -> Pool {
        let openings = health.openings();
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let pool = kept.pools.get(addresses);
        if let Some(pool) = pool.filter(|_| kept.openings >= openings) {
            return pool.clone();
        }
        drop(kept);
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if kept.openings < openings {
            kept.openings = openings;
            kept.pools.retain(|list, _| !may_rest(list, health));
        }
        let pool = kept.pools.entry(Arc::clone(addresses));
        pool.or_insert_with(open).clone()
    }
}

/// Without a list DNS says where connections lead: anywhere.
fn may_rest(addresses: &[SocketAddr], health: &Health) -> bool {
    addresses.is_empty() || addresses.iter().any(|it| health.is_resting(*it))
}
