//! Guessing through the store: a login of HCP checks nothing, so a wrong password shows only when
//! HCP refuses what derives from it. Such refusals are failed proofs too.

use std::sync::Arc;

use http::{Method, StatusCode};
use portico_sdk::brake::{Brake, Claimed, Failed};
use portico_sdk::credential::AccessKeys;
use portico_sdk::keyring::Keyring;
use portico_sdk::{Exchange, Tenant};
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;
use tokio::runtime::Handle;

/// Charges the brake with what HCP refused.
#[derive(Clone)]
pub(crate) struct Guesses {
    pub(crate) ring: Arc<dyn Keyring>,
    pub(crate) brake: Arc<Brake>,
}

impl Guesses {
    /// HCP said that the proof is wrong.
    pub(crate) fn refused(&self, exchange: &Exchange, tenant: &Tenant, keys: &AccessKeys) {
        let claimed = Claimed::access_key(Some(tenant), &keys.access_key);
        let client = exchange.arrival.client;
        self.brake.charge(Failed::Store, client, Some(&claimed));
    }

    /// HCP said 403 to a HEAD, whose answer has no body to say why: keys that HCP has accepted
    /// lately were refused for want of a right, others count as guessed.
    pub(crate) fn refused_head(&self, exchange: &Exchange, tenant: &Tenant, keys: AccessKeys) {
        // Outside of a runtime, as in some tests, nobody could be asked.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let (guesses, tenant, client) = (self.clone(), tenant.clone(), exchange.arrival.client);
        runtime.spawn(async move {
            let known = guesses.ring.secrets(&tenant, &keys.access_key).await;
            let shown = keys.secret_key.expose_secret().as_bytes();
            let same = |secret: &str| bool::from(secret.as_bytes().ct_eq(shown));
            if !known.iter().any(|secret| same(secret.expose_secret())) {
                let claimed = Claimed::access_key(Some(&tenant), &keys.access_key);
                guesses.brake.charge(Failed::Store, client, Some(&claimed));
            }
        });
    }

    /// Whether the answer cannot say why it refuses.
    pub(crate) fn is_silent(exchange: &Exchange) -> bool {
        exchange.outcome.store_status == Some(StatusCode::FORBIDDEN)
            && exchange.head.method() == Method::HEAD
    }
}
