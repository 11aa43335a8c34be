//! Tokens as JWTs (RFC 7519), signed with HS256 and nothing else.

use std::iter;
use std::sync::Arc;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Header, Validation};
use portico_sdk::clock::Clock;
use portico_sdk::credential::{AccessKeys, hcp_access_key};
use portico_sdk::tokens::{Login, Session, Tokens};
use portico_sdk::{Error, Reason};
use secrecy::{ExposeSecret as _, SecretString};

use crate::claims::{Claims, Kind, Subject, invalid};
use crate::key::Key;
use crate::settings::Pwd;

/// Reads and writes tokens.
pub(crate) struct Jwt {
    /// Signs what is written.
    first: Key,
    /// Accepted beside the first.
    others: Vec<Key>,
    pwd: Pwd,
    validation: Validation,
    clock: Arc<dyn Clock>,
}

impl Jwt {
    pub(crate) fn new(first: Key, others: Vec<Key>, pwd: Pwd, clock: Arc<dyn Clock>) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        // Ours to check, because the library knows no clock but the machine's.
        validation.validate_exp = false;
        Self {
            first,
            others,
            pwd,
            validation,
            clock,
        }
    }

    /// Finds the secret that signed the token. What the library says is not passed on: its
    /// words may quote a claim.
    fn verify(&self, token: &str) -> Result<(&Key, Claims), Error> {
        for key in iter::once(&self.first).chain(&self.others) {
            match jsonwebtoken::decode::<Claims>(token, &key.verifying, &self.validation) {
                Ok(data) => return Ok((key, data.claims)),
                Err(error) if matches!(error.kind(), ErrorKind::InvalidSignature) => {}
                Err(_) => return Err(invalid("malformed")),
            }
        }
        Err(invalid("signed with no accepted secret"))
    }

    fn read(&self, token: &str, wanted: Kind) -> Result<(Subject, SecretString), Error> {
        let (key, mut claims) = self.verify(token)?;
        claims.check(self.clock.unix())?;
        let pwd = std::mem::take(&mut claims.pwd);
        let password = match (claims.kind, wanted) {
            (None, Kind::Login) => SecretString::from(pwd),
            (Some(kind), wanted) if kind == wanted => key
                .seal(kind)
                .open(&pwd, &claims.bound(kind))
                .ok_or_else(|| invalid("its password does not open"))?,
            _ => return Err(invalid("of another kind")),
        };
        Ok((claims.subject()?, password))
    }

    fn write_sealed(
        &self,
        mut claims: Claims,
        kind: Kind,
        secret: &SecretString,
    ) -> Result<String, Error> {
        let seal = self.first.seal(kind);
        claims.pwd = seal.close(secret, &claims.bound(kind))?;
        self.sign(&claims)
    }

    fn sign(&self, claims: &Claims) -> Result<String, Error> {
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &self.first.signing)
            .map_err(|_| Error::new(Reason::InternalError).because("a token could not be signed"))
    }
}

impl Tokens for Jwt {
    fn read_login(&self, token: &str) -> Result<Login, Error> {
        let (subject, password) = self.read(token, Kind::Login)?;
        Ok(Login {
            user: subject.user,
            tenant: subject.tenant,
            password,
            expires: subject.expires,
        })
    }

    fn read_session(&self, token: &str) -> Result<Session, Error> {
        let (subject, secret_key) = self.read(token, Kind::Session)?;
        let keys = AccessKeys {
            access_key: hcp_access_key(&subject.user),
            secret_key,
        };
        Ok(Session {
            user: subject.user,
            tenant: subject.tenant,
            keys,
            expires: subject.expires,
        })
    }

    fn write_login(&self, login: &Login) -> Result<String, Error> {
        let claims = |kind| Claims::new(&login.user, login.tenant.as_ref(), login.expires, kind);
        if self.pwd == Pwd::Sealed {
            return self.write_sealed(claims(Some(Kind::Login)), Kind::Login, &login.password);
        }
        let mut claims = claims(None);
        login.password.expose_secret().clone_into(&mut claims.pwd);
        self.sign(&claims)
    }

    fn write_session(&self, session: &Session) -> Result<String, Error> {
        if session.keys.access_key != hcp_access_key(&session.user) {
            let cause = "an S3 session's access key is not that of its user";
            return Err(Error::new(Reason::InternalError).because(cause));
        }
        let (user, tenant) = (&session.user, session.tenant.as_ref());
        let claims = Claims::new(user, tenant, session.expires, Some(Kind::Session));
        self.write_sealed(claims, Kind::Session, &session.keys.secret_key)
    }
}
