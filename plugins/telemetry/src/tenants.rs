//! The figures of tenants. The first that the store has served, up to a number, have names of their own
//! there.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

use portico_sdk::Exchange;
use prometheus::{IntCounterVec, Registry};

use crate::metrics::counter;

/// Requests without a tenant.
const NONE: &str = "none";

/// Every tenant beyond the number, and those that the store has not served yet: whoever can log in
/// could name any.
const OTHER: &str = "other";

/// The figures, and the names that have been given.
#[derive(Debug)]
pub(crate) struct Tenants {
    requests: IntCounterVec,
    bytes: IntCounterVec,
    most: usize,
    known: RwLock<HashSet<String>>,
}

impl Tenants {
    /// Registers the figures; so many tenants have names.
    pub(crate) fn new(registry: &Registry, most: usize) -> prometheus::Result<Self> {
        Ok(Self {
            requests: counter(
                registry,
                "portico_tenant_requests_total",
                "Exchanges that have ended, by tenant; beyond a number of tenants `other`.",
                &["tenant", "status_class"],
            )?,
            bytes: counter(
                registry,
                "portico_tenant_bytes_total",
                "Bytes of bodies, by tenant and whether they came in or went out.",
                &["tenant", "direction"],
            )?,
            most,
            known: RwLock::default(),
        })
    }

    /// Counts an exchange that has ended.
    pub(crate) fn count(&self, exchange: &Exchange, status_class: &str) {
        let outcome = &exchange.outcome;
        self.label(exchange, |tenant| {
            let labels = [tenant, status_class];
            self.requests.with_label_values(&labels).inc();
            for (direction, bytes) in [("in", outcome.bytes_in), ("out", outcome.bytes_out)] {
                let labels = [tenant, direction];
                self.bytes.with_label_values(&labels).inc_by(bytes);
            }
        });
    }

    /// Calls with the label of the exchange's tenant.
    fn label<T>(&self, exchange: &Exchange, then: impl FnOnce(&str) -> T) -> T {
        let Some(tenant) = exchange.tenant() else {
            return then(NONE);
        };
        let name = tenant.as_str();
        let known = self.is_known(name) || (is_served(exchange) && self.learn(name));
        then(if known { name } else { OTHER })
    }

    fn is_known(&self, name: &str) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.contains(name)
    }

    fn learn(&self, name: &str) -> bool {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.contains(name) {
            return true;
        }
        let room = known.len() < self.most;
        if room {
            known.insert(name.to_owned());
        }
        room
    }
}

/// Whether the store itself did what was asked, for somebody who had proved who they are.
fn is_served(exchange: &Exchange) -> bool {
    let said = exchange.outcome.store_status;
    exchange.principal.is_some() && said.is_some_and(|status| status.is_success())
}

#[cfg(test)]
mod tests {
    use http::{Request, StatusCode};
    use portico_sdk::credential::Credential;
    use portico_sdk::principal::{Principal, Way};
    use portico_sdk::testkit::exchange;
    use portico_sdk::{Door, Tenant};

    use super::*;

    fn asked(tenant: Option<&str>, store: Option<StatusCode>) -> Exchange {
        let request = Request::get("/b").body(()).unwrap();
        let mut exchange = exchange(request, Door::Rest { public: false });
        exchange.outcome.store_status = store;
        exchange.principal = Some(Principal {
            user: "lgreen".to_owned(),
            tenant: tenant.map(|name| name.parse::<Tenant>().unwrap()),
            way: Way::Bearer,
            credential: Credential::Password("hush".into()),
            rights: None,
        });
        exchange
    }

    #[test]
    fn only_what_the_store_has_served_gets_a_name_and_only_so_many() {
        let tenants = Tenants::new(&Registry::new(), 2).unwrap();
        let label = |tenant, store| tenants.label(&asked(tenant, store), str::to_owned);
        let (ok, refused) = (Some(StatusCode::OK), Some(StatusCode::FORBIDDEN));
        assert_eq!(label(None, ok), "none");
        assert_eq!(label(Some("one"), None), "other");
        assert_eq!(label(Some("one"), refused), "other");
        assert_eq!(label(Some("one"), ok), "one");
        assert_eq!(label(Some("one"), None), "one");
        assert_eq!(label(Some("two"), ok), "two");
        assert_eq!(label(Some("three"), ok), "other");
        assert_eq!(label(Some("two"), refused), "two");
    }
}
