//! Ways 2 and 4: a signature beside an S3 session token, or with keys of the configuration.

use std::sync::Arc;

use async_trait::async_trait;
use portico_sdk::brake::Claimed;
use portico_sdk::clock::Clock;
use portico_sdk::credential::{AccessKeys, Credential};
use portico_sdk::exchange::Head;
use portico_sdk::principal::Way;
use portico_sdk::tokens::Tokens;
use portico_sdk::{Authenticate, Door, Error, Exchange, Principal, Proof, Reason};
use portico_sigv4::{KeyRack, RequestView};
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;

use crate::error::refused;
use crate::passthrough::names_token;
use crate::settings::ConfiguredKeys;

/// Checks SigV4 proofs, in the header and in presigned queries.
pub struct Signature {
    tokens: Option<Arc<dyn Tokens>>,
    keys: ConfiguredKeys,
    clock: Arc<dyn Clock>,
    rack: Arc<KeyRack>,
}

/// Whose secret a signature must have been made with, and who that makes them.
struct Candidate {
    keys: AccessKeys,
    principal: Principal,
}

impl Signature {
    /// An authenticator; without `tokens`, session tokens are refused.
    #[must_use]
    pub fn new(
        tokens: Option<Arc<dyn Tokens>>,
        keys: ConfiguredKeys,
        clock: Arc<dyn Clock>,
        rack: Arc<KeyRack>,
    ) -> Self {
        Self {
            tokens,
            keys,
            clock,
            rack,
        }
    }

    fn candidate(&self, proof: &portico_sigv4::Proof) -> Result<Candidate, Error> {
        match proof.security_token() {
            Some(token) => self.by_session(token.expose_secret()),
            None => self.by_configuration(proof.access_key()),
        }
    }

    /// The token holds the secret, so the signature is checked before anything else is believed.
    fn by_session(&self, token: &str) -> Result<Candidate, Error> {
        let tokens = self.tokens.as_ref();
        let tokens = tokens.ok_or_else(|| Error::new(Reason::InvalidToken))?;
        let session = tokens.read_session(token)?;
        let (credential, rights) = self.keys.standing(&session.user, &session.keys)?;
        Ok(Candidate {
            keys: session.keys,
            principal: Principal {
                user: session.user,
                tenant: session.tenant,
                way: Way::SessionToken,
                credential,
                rights,
            },
        })
    }

    fn by_configuration(&self, access_key: &str) -> Result<Candidate, Error> {
        let known = self
            .keys
            .accepted
            .get(access_key)
            .zip(self.keys.upstream.as_ref());
        let (keys, upstream) = known.ok_or_else(|| Error::new(Reason::InvalidAccessKeyId))?;
        Ok(Candidate {
            keys: keys.clone(),
            principal: Principal {
                user: access_key.to_owned(),
                tenant: None,
                way: Way::ConfiguredKeys,
                credential: Credential::House(upstream.clone()),
                rights: self.keys.rights(access_key),
            },
        })
    }
}

#[async_trait]
impl Authenticate for Signature {
    async fn authenticate(&self, exchange: &mut Exchange) -> Result<Proof, Error> {
        let route = &exchange.route;
        if matches!(route.door, Door::Rest { .. }) || route.is_public() {
            return Ok(Proof::Absent);
        }
        let view = view(&exchange.head);
        let left_to_store = route.passes_unclaimed() && !names_token(&exchange.head);
        let proof = match portico_sigv4::Proof::from_request(&view) {
            Ok(Some(proof)) => proof,
            Err(error) if !left_to_store => return Err(refused(&error)),
            Ok(None) | Err(_) => return Ok(Proof::Absent),
        };
        let claiming = |error: Error| {
            error.claiming(Claimed::access_key(
                route.tenant.as_ref(),
                proof.access_key(),
            ))
        };
        let candidate = match self.candidate(&proof) {
            Ok(candidate) => candidate,
            Err(_) if left_to_store => return Ok(Proof::Absent),
            Err(error) => return Err(claiming(error)),
        };
        if !same(proof.access_key(), &candidate.keys.access_key) {
            return Err(claiming(Error::new(Reason::InvalidAccessKeyId)));
        }
        let verified = proof
            .verify_with_rack(
                &self.rack,
                &candidate.keys.secret_key,
                &view,
                self.clock.now(),
            )
            .map_err(|error| claiming(refused(&error)))?;
        exchange.extensions.insert(verified);
        Ok(Proof::Given(candidate.principal))
    }
}

/// The request as its signer saw it.
fn view(head: &Head) -> RequestView<'_> {
    RequestView {
        method: head.method().as_str(),
        raw_path: head.raw_path(),
        raw_query: head.raw_query(),
        headers: head.headers(),
        host: head.authority.as_bytes(),
    }
}

fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}
