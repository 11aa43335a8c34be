//! After a change of a password nobody comes in with the old one: the keyring forgets what HCP has
//! accepted of the accounts.
//!
//! Only a success counts. Whoever proves nothing, or hangs up, must not be able to make others' keys
//! unknown here; and where an outcome is not known HCP itself refuses the old key at its next use.

use std::sync::Arc;

use http::HeaderMap;
use portico_sdk::keyring::{Accounts, Keyring};
use portico_sdk::{Exchange, ResponseFilter};

/// Watches HCP's answers to requests whose exchange names the [`Accounts`] that they touch.
pub(crate) struct Passwords {
    pub(crate) ring: Arc<dyn Keyring>,
}

/// A success counts before the client hears of it.
impl ResponseFilter for Passwords {
    fn wants_head(&self, exchange: &Exchange, _headers: &HeaderMap) -> bool {
        exchange.extensions.get::<Accounts>().is_some()
    }

    fn head(&self, exchange: &Exchange, _headers: &mut HeaderMap) {
        let status = exchange.outcome.store_status;
        if let (Some(accounts), true) = (
            exchange.extensions.get(),
            status.is_some_and(|status| status.is_success()),
        ) {
            self.ring.forget_accounts(accounts);
        }
    }
}
