//! Passwords that a request ends: keys that derive from them are believed no longer, from the moment
//! that HCP has changed them.
//!
//! Only a success counts. Whatever proves nothing, or breaks off, must not be able to make others'
//! keys unknown here; and where an outcome is not known HCP itself refuses the old key at its next
//! use, which forgets it too.

use std::sync::Arc;

use http::Method;
use portico_hcp::Call;
use portico_sdk::Principal;
use portico_sdk::keyring::{Accounts, Keyring};

/// The accounts that a request to HCP changes if it succeeds.
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

    /// HCP has done it.
    pub(super) fn succeeded(self) {
        if let Some((ring, accounts)) = self.0 {
            ring.forget_accounts(&accounts);
        }
    }
}
