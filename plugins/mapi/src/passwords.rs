//! After a change of a password nobody comes in with the old one: the keyring forgets what HCP has
//! accepted of the accounts.

use std::sync::Arc;

use http::HeaderMap;
use portico_sdk::keyring::{Accounts, Keyring};
use portico_sdk::{Error, Exchange, Observe, ResponseFilter};

/// Watches HCP's answers to requests whose exchange names the [`Accounts`] that they touch.
#[derive(Clone)]
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

/// Whether HCP did what it was asked is not known when its answer did not come, or says that
/// something broke: then it may have.
impl Observe for Passwords {
    fn observe(&self, exchange: &Exchange, _error: Option<&Error>) {
        let status = exchange.outcome.store_status;
        if let (Some(accounts), true) = (
            exchange.extensions.get(),
            status.is_none_or(|status| status.is_server_error()),
        ) {
            self.ring.forget_accounts(accounts);
        }
    }
}
