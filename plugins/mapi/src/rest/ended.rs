//! Passwords that a request ends: keys that derive from them are believed no longer, from the moment
//! that HCP has changed them, or may have.

use std::sync::Arc;

use http::Method;
use portico_hcp::{Call, Failure};
use portico_sdk::Principal;
use portico_sdk::keyring::{Accounts, Keyring};

/// The accounts that a request to HCP may change.
///
/// Dropped, they are forgotten: a client that leaves in the middle leaves the outcome unknown.
pub(super) struct Ended<'a>(Option<(&'a dyn Keyring, Accounts)>);

impl<'a> Ended<'a> {
    /// Those of a call.
    pub(super) fn by(
        ring: Option<&'a Arc<dyn Keyring>>,
        caller: &Principal,
        method: &Method,
        call: &Call<'_>,
    ) -> Self {
        let target = call.target();
        let accounts = Accounts::touched_by(method, target.as_bytes(), caller.tenant.as_ref());
        Self(ring.map(AsRef::as_ref).zip(accounts))
    }

    /// HCP has answered, or not. Only its own refusal says that nothing was changed.
    pub(super) fn judge<T>(mut self, sent: Result<T, Failure>) -> Result<T, Failure> {
        let status = sent.as_ref().err().and_then(Failure::status);
        if status.is_some_and(|status| !status.is_server_error()) {
            self.0 = None;
        }
        sent
    }
}

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        if let Some((ring, accounts)) = &self.0 {
            ring.forget_accounts(accounts);
        }
    }
}
