//! `Authorization: Bearer` (RFC 6750 section 2.1): a login token proves its user on every door.

use std::sync::Arc;

use async_trait::async_trait;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use portico_sdk::credential::Credential;
use portico_sdk::principal::Way;
use portico_sdk::tokens::Tokens;
use portico_sdk::upstream::Backend;
use portico_sdk::{Authenticate, Error, Exchange, Principal, Proof, Reason};

use crate::claims::invalid;

/// Reads login tokens from the `Authorization` header.
pub(crate) struct Bearer {
    pub(crate) tokens: Arc<dyn Tokens>,
    pub(crate) backend: Backend,
}

#[async_trait]
impl Authenticate for Bearer {
    async fn authenticate(&self, exchange: &mut Exchange) -> Result<Proof, Error> {
        // A stale token must not stand in the way of a new login.
        if exchange.route.is_public() {
            return Ok(Proof::Absent);
        }
        let Some(token) = token(exchange.head.headers())? else {
            return Ok(Proof::Absent);
        };
        only_hcp(self.backend)?;
        let login = self.tokens.read_login(token)?;
        Ok(Proof::Given(Principal {
            user: login.user,
            tenant: login.tenant,
            way: Way::Bearer,
            credential: Credential::Password(login.password),
        }))
    }
}

/// The bearer token of a request; `None` without the header or with another scheme in it.
pub(crate) fn token(headers: &HeaderMap) -> Result<Option<&str>, Error> {
    const SCHEME: &[u8] = b"bearer";
    let Some(value) = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes) else {
        return Ok(None);
    };
    let (scheme, rest) = value.split_at(value.len().min(SCHEME.len()));
    if !scheme.eq_ignore_ascii_case(SCHEME) || rest.first().is_some_and(|&b| b != b' ') {
        return Ok(None);
    }
    let token = std::str::from_utf8(rest).map_err(|_| invalid("not text"))?;
    Ok(Some(token.trim_matches(' ')))
}

/// Refuses logins and their tokens where no store would check the password.
pub(crate) fn only_hcp(backend: Backend) -> Result<(), Error> {
    if backend == Backend::Hcp {
        return Ok(());
    }
    Err(Error::with_message(
        Reason::AccessDenied,
        "This backend has no users to log in as",
    ))
}
