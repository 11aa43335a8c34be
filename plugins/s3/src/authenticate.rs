//! Ways 2 to 4: a signature beside a session token, with HCP's own keys that it has accepted lately,
//! or with keys of the configuration.

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portico_sdk::brake::Claimed;
use portico_sdk::clock::Clock;
use portico_sdk::credential::{AccessKeys, Credential};
use portico_sdk::keyring::Keyring;
use portico_sdk::principal::Way;
use portico_sdk::route::{Route, Style};
use portico_sdk::tokens::{Companion, Grant, Session, Tokens};
use portico_sdk::{Authenticate, Door, Error, Exchange, Principal, Proof, Reason, Tenant};
use portico_sigv4::KeyRack;
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use crate::claim::{Claim, Evidence, Seen, view};
use crate::grant;
use crate::passthrough::names_token;
use crate::settings::ConfiguredKeys;

/// Checks signatures of both versions, in the header and in presigned queries.
pub(crate) struct Signature {
    /// Without it, tokens are refused.
    pub(crate) tokens: Option<Arc<dyn Tokens>>,
    /// Without it, HCP's own keys are nobody's.
    pub(crate) keyring: Option<Arc<dyn Keyring>>,
    pub(crate) keys: ConfiguredKeys,
    /// Whose keys are meant where the host names no tenant.
    pub(crate) default_tenant: Option<Tenant>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rack: Arc<KeyRack>,
}

/// Whose secret a signature must have been made with, and who that makes them.
struct Candidate<'a> {
    keys: Cow<'a, AccessKeys>,
    principal: Principal,
}

type Proven = (Principal, Evidence);

impl Signature {
    /// Whose signature this is. Words about keys that are not known, or do not match, are AWS's own.
    async fn prove(
        &self,
        claim: &Claim,
        seen: &Seen<'_>,
        exchange: &Exchange,
    ) -> Result<Proven, Error> {
        let route = &exchange.route;
        if let Some(token) = claim.security_token() {
            return match self.companion(token.expose_secret())? {
                Companion::Session(session) => check(self.of_session(session)?, claim, seen),
                Companion::Grant(grant) => self.by_grant(grant, claim, seen, exchange),
            };
        }
        // HCP's other protocols are none of ours: whoever has no token is left to HCP there.
        if route.door == Door::Native {
            return Err(unknown());
        }
        match self.by_configuration(claim.access_key()) {
            Some(candidate) => check(candidate, claim, seen),
            None => self.by_keyring(claim, seen, route).await,
        }
    }

    /// The token holds the secret, so the signature is checked before anything else is believed.
    fn companion(&self, token: &str) -> Result<Companion, Error> {
        let tokens = self.tokens.as_ref();
        tokens
            .ok_or_else(|| Error::new(Reason::InvalidToken))?
            .read_companion(token)
    }

    /// A grant counts in a link, and for the one request that it names.
    fn by_grant(
        &self,
        grant: Grant,
        claim: &Claim,
        seen: &Seen<'_>,
        exchange: &Exchange,
    ) -> Result<Proven, Error> {
        if !claim.is_newer_link() {
            let words = "The token of a link is good in that link alone.";
            return Err(Error::with_message(Reason::AccessDenied, words));
        }
        let (credential, rights) = self.keys.standing(&grant.user, &grant.keys)?;
        let candidate = Candidate {
            keys: Cow::Owned(grant.keys),
            principal: Principal {
                user: grant.user,
                tenant: grant.tenant,
                way: Way::Grant,
                credential,
                rights,
            },
        };
        let proven = check(candidate, claim, seen)?;
        grant::check(&grant.permit, &exchange.head, &exchange.route)?;
        Ok(proven)
    }

    fn of_session(&self, session: Session) -> Result<Candidate<'_>, Error> {
        let (credential, rights) = self.keys.standing(&session.user, &session.keys)?;
        Ok(Candidate {
            keys: Cow::Owned(session.keys),
            principal: Principal {
                user: session.user,
                tenant: session.tenant,
                way: Way::SessionToken,
                credential,
                rights,
            },
        })
    }

    fn by_configuration(&self, access_key: &str) -> Option<Candidate<'_>> {
        let upstream = self.keys.upstream.as_ref()?;
        let keys = self.keys.accepted.get(access_key)?;
        Some(Candidate {
            keys: Cow::Borrowed(keys),
            principal: Principal {
                user: access_key.to_owned(),
                tenant: None,
                way: Way::ConfiguredKeys,
                credential: Credential::House(Arc::clone(upstream)),
                rights: self.keys.rights(access_key),
            },
        })
    }

    /// The first secret that HCP has accepted for the access key and that the signature was made
    /// with.
    async fn by_keyring(
        &self,
        claim: &Claim,
        seen: &Seen<'_>,
        route: &Route,
    ) -> Result<Proven, Error> {
        let tenant = route.tenant.as_ref().or(self.default_tenant.as_ref());
        let (Some(keyring), Some(tenant)) = (&self.keyring, tenant) else {
            return Err(unknown());
        };
        let user = user(claim.access_key()).ok_or_else(unknown)?;
        let mut refusal = unknown();
        for secret in keyring.secrets(tenant, claim.access_key()).await {
            match claim.verify(&secret, seen) {
                Ok(evidence) => return Ok((of_keyring(user, tenant, claim, secret), evidence)),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }
}

fn of_keyring(user: String, tenant: &Tenant, claim: &Claim, secret_key: SecretString) -> Principal {
    Principal {
        user,
        tenant: Some(tenant.clone()),
        way: Way::Keyring,
        credential: Credential::S3Keys(AccessKeys {
            access_key: claim.access_key().to_owned(),
            secret_key,
        }),
        rights: None,
    }
}

/// The user of one of HCP's access keys.
fn user(access_key: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(access_key).ok()?).ok()
}

fn check(candidate: Candidate<'_>, claim: &Claim, seen: &Seen<'_>) -> Result<Proven, Error> {
    if !same(claim.access_key(), &candidate.keys.access_key) {
        return Err(unknown());
    }
    let evidence = claim.verify(&candidate.keys.secret_key, seen)?;
    Ok((candidate.principal, evidence))
}

fn unknown() -> Error {
    Error::new(Reason::InvalidAccessKeyId)
}

fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// Whether HCP shall judge what could not be claimed here: under its own names, and where nothing of
/// ours would leave the house.
fn left_to_store(exchange: &Exchange, seen: &Seen<'_>) -> bool {
    exchange.route.passes_unclaimed()
        && !names_token(&exchange.head)
        && !Claim::is_twofold(&seen.view)
}

/// The bucket that stands in the host, which Version 2 signs.
fn host_bucket(route: &Route) -> Option<&str> {
    let target = route.s3()?;
    let bucket = target.bucket.as_deref();
    bucket.filter(|_| target.style == Style::VirtualHost)
}

#[async_trait]
impl Authenticate for Signature {
    async fn authenticate(&self, exchange: &mut Exchange) -> Result<Proof, Error> {
        let route = &exchange.route;
        if matches!(route.door, Door::Rest { .. } | Door::Management(_)) || route.is_public() {
            return Ok(Proof::Absent);
        }
        let seen = Seen {
            view: view(&exchange.head),
            host_bucket: host_bucket(route),
            now: self.clock.now(),
            rack: &self.rack,
        };
        let proven = match Claim::read(&seen.view) {
            Ok(None) => return Ok(Proof::Absent),
            Ok(Some(claim)) => {
                let proven = self.prove(&claim, &seen, exchange).await;
                proven.map_err(|error| {
                    let tenant = route.tenant.as_ref();
                    error.claiming(Claimed::access_key(tenant, claim.access_key()))
                })
            }
            Err(error) => Err(error),
        };
        match proven {
            Ok((principal, evidence)) => {
                if let Some(evidence) = evidence {
                    exchange.extensions.insert(evidence);
                }
                Ok(Proof::Given(principal))
            }
            // What cannot be claimed is HCP's to judge, under its own names.
            Err(_) if left_to_store(exchange, &seen) => Ok(Proof::Absent),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests;
