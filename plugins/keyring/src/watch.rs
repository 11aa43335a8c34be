//! What HCP says to a credential: a success teaches it, a refusal forgets it and
//! counts as a failed proof.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use portico_sdk::exchange::ProofRefused;
use portico_sdk::keyring::Keyring;
use portico_sdk::principal::Way;
use portico_sdk::{Door, Exchange, Observe, Principal, ResponseFilter, Tenant};

use crate::guess::Guesses;

/// How HCP words that a proof is wrong, beside many other reasons for a 403.
const WRONG_PROOF: [&[u8]; 2] = [
    b"<Code>SignatureDoesNotMatch</Code>",
    b"<Code>InvalidAccessKeyId</Code>",
];

/// Watches the store's answers.
pub(crate) struct Watch {
    pub(crate) ring: Arc<dyn Keyring>,
    pub(crate) guesses: Guesses,
    pub(crate) default_tenant: Option<Tenant>,
}

impl Watch {
    /// The tenant, when the request was signed with keys that derive from a password of HCP.
    fn tenant<'a>(&'a self, exchange: &'a Exchange) -> Option<&'a Tenant> {
        // The management services know accounts of the system too, and refuse for want of a right
        // in the same words as for want of a proof.
        if matches!(exchange.route.door, Door::Management(_)) {
            return None;
        }
        let derived = match exchange.principal.as_ref()?.way {
            Way::Bearer | Way::SessionToken | Way::Grant | Way::Keyring => true,
            Way::ConfiguredKeys => false,
        };
        exchange
            .tenant()
            .or(self.default_tenant.as_ref())
            .filter(|_| derived)
    }

    /// HCP said that the proof is wrong.
    fn refused(&self, exchange: &Exchange, tenant: &Tenant, principal: &Principal) {
        let keys = principal.s3_keys();
        self.guesses.refused(exchange, tenant, &keys);
        self.ring.forget(tenant, &keys);
    }
}

impl Observe for Watch {
    fn observe(&self, exchange: &Exchange, _error: Option<&portico_sdk::Error>) {
        let accepted = exchange
            .outcome
            .store_status
            .is_some_and(|status| status.is_success());
        let silent = Guesses::is_silent(exchange);
        let refused = exchange.extensions.get::<ProofRefused>().is_some();
        // A preflight carries no credential that anybody could have accepted.
        if !(accepted || silent || refused) || exchange.route.is_public() {
            return;
        }
        if let (Some(tenant), Some(principal)) = (self.tenant(exchange), &exchange.principal) {
            if refused {
                self.refused(exchange, tenant, principal);
            } else if accepted {
                self.ring.learn(tenant, &principal.s3_keys());
            } else {
                let keys = principal.s3_keys().into_owned();
                self.guesses.refused_head(exchange, tenant, keys);
            }
        }
    }
}

impl ResponseFilter for Watch {
    fn wants_head(&self, _exchange: &Exchange, _headers: &HeaderMap) -> bool {
        false
    }

    fn head(&self, _exchange: &Exchange, _headers: &mut HeaderMap) {}

    fn body(&self, exchange: &Exchange, piece: &Bytes) {
        if exchange.outcome.store_status != Some(StatusCode::FORBIDDEN) {
            return;
        }
        let says = |words: &[u8]| piece.windows(words.len()).any(|window| window == words);
        if !WRONG_PROOF.into_iter().any(says) {
            return;
        }
        if let (Some(tenant), Some(principal)) = (self.tenant(exchange), &exchange.principal) {
            self.refused(exchange, tenant, principal);
        }
    }
}
