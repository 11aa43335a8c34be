//! `Authorization: Bearer` (RFC 6750 section 2.1): a login token proves its user on every door.

use std::sync::Arc;

use async_trait::async_trait;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use portico_sdk::credential::{Credential, HouseAccount};
use portico_sdk::principal::Way;
use portico_sdk::tokens::{Login, Tokens};
use portico_sdk::{Authenticate, Error, Exchange, Principal, Proof, Reason};

use crate::claims::invalid;
use crate::users::Directory;

/// Reads login tokens from the `Authorization` header.
pub(crate) struct Bearer {
    pub(crate) tokens: Arc<dyn Tokens>,
    /// The users of the configuration; none on HCP.
    pub(crate) users: Option<Arc<Directory>>,
    pub(crate) house: HouseAccount,
}

impl Bearer {
    /// Whom a login makes: on HCP the password is what the store wants, elsewhere it wants the
    /// account of the house.
    fn principal(&self, login: Login) -> Result<Principal, Error> {
        let (credential, rights) = match &self.users {
            None => (Credential::Password(login.password), None),
            Some(users) => {
                let rights = users.check(&login)?;
                let none = || Error::new(Reason::InternalError).because("no account at the store");
                (self.house.credential().ok_or_else(none)?, Some(rights))
            }
        };
        Ok(Principal {
            user: login.user,
            tenant: login.tenant,
            way: Way::Bearer,
            credential,
            rights,
        })
    }
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
        let login = self.tokens.read_login(token)?;
        self.principal(login).map(Proof::Given)
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
