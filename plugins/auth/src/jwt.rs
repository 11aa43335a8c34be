//! Tokens as JWTs (RFC 7519), signed with HS256 and nothing else.

use std::iter;
use std::sync::Arc;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Header, Validation};
use portico_sdk::clock::Clock;
use portico_sdk::credential::{AccessKeys, hcp_access_key};
use portico_sdk::tokens::{Companion, Grant, Login, Session, Tokens};
use portico_sdk::{Error, Reason};
use secrecy::{ExposeSecret as _, SecretString};

use crate::claims::{Claims, Kind, May, invalid};
use crate::key::Key;
use crate::recent::Recent;
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
    logins: Recent<Login>,
    companions: Recent<Companion>,
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
            logins: Recent::new(),
            companions: Recent::new(),
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

    /// The claims of a token that is signed and not expired, and the key that signed it.
    fn checked(&self, token: &str) -> Result<(&Key, Claims), Error> {
        let (key, claims) = self.verify(token)?;
        claims.check(self.clock.unix())?;
        Ok((key, claims))
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

/// The secret of a token of the wanted kind.
fn open(key: &Key, claims: &Claims, wanted: Kind) -> Result<SecretString, Error> {
    match (claims.kind, wanted) {
        (None, Kind::Login) => Ok(SecretString::from(claims.pwd.clone())),
        (Some(kind), wanted) if kind == wanted => key
            .seal(kind)
            .open(&claims.pwd, &claims.bound(kind))
            .ok_or_else(|| invalid("its secret does not open")),
        _ => Err(invalid("of another kind")),
    }
}

/// The keys of an S3 session or a grant: the access key is always that of the user.
fn keys(user: &str, secret_key: SecretString) -> AccessKeys {
    AccessKeys {
        access_key: hcp_access_key(user),
        secret_key,
    }
}

fn check_access_key(user: &str, keys: &AccessKeys) -> Result<(), Error> {
    if keys.access_key == hcp_access_key(user) {
        return Ok(());
    }
    let cause = "the access key is not that of the user";
    Err(Error::new(Reason::InternalError).because(cause))
}

fn login(claims: Claims, password: SecretString) -> Result<Login, Error> {
    let subject = claims.subject()?;
    Ok(Login {
        user: subject.user,
        tenant: subject.tenant,
        password,
        expires: subject.expires,
    })
}

fn session(claims: Claims, secret_key: SecretString) -> Result<Session, Error> {
    let subject = claims.subject()?;
    Ok(Session {
        keys: keys(&subject.user, secret_key),
        user: subject.user,
        tenant: subject.tenant,
        expires: subject.expires,
    })
}

fn grant(mut claims: Claims, secret_key: SecretString) -> Result<Grant, Error> {
    let may = claims.may.take();
    let may = may.ok_or_else(|| invalid("a grant for nothing"))?;
    let subject = claims.subject()?;
    Ok(Grant {
        permit: may.permit()?,
        keys: keys(&subject.user, secret_key),
        user: subject.user,
        tenant: subject.tenant,
        expires: subject.expires,
    })
}

fn companion(key: &Key, claims: Claims) -> Result<Companion, Error> {
    if claims.kind == Some(Kind::Grant) {
        let secret_key = open(key, &claims, Kind::Grant)?;
        return Ok(Companion::Grant(grant(claims, secret_key)?));
    }
    let secret_key = open(key, &claims, Kind::Session)?;
    Ok(Companion::Session(session(claims, secret_key)?))
}

impl Tokens for Jwt {
    fn read_login(&self, token: &str) -> Result<Login, Error> {
        let read = || {
            let (key, claims) = self.checked(token)?;
            let password = open(key, &claims, Kind::Login)?;
            login(claims, password)
        };
        self.logins.or_read(token, self.clock.now(), read)
    }

    fn read_session(&self, token: &str) -> Result<Session, Error> {
        let (key, claims) = self.checked(token)?;
        let secret_key = open(key, &claims, Kind::Session)?;
        session(claims, secret_key)
    }

    fn read_companion(&self, token: &str) -> Result<Companion, Error> {
        let read = || {
            let (key, claims) = self.checked(token)?;
            companion(key, claims)
        };
        self.companions.or_read(token, self.clock.now(), read)
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
        check_access_key(&session.user, &session.keys)?;
        let (user, tenant) = (&session.user, session.tenant.as_ref());
        let claims = Claims::new(user, tenant, session.expires, Some(Kind::Session));
        self.write_sealed(claims, Kind::Session, &session.keys.secret_key)
    }

    fn write_grant(&self, grant: &Grant) -> Result<String, Error> {
        check_access_key(&grant.user, &grant.keys)?;
        let (user, tenant) = (&grant.user, grant.tenant.as_ref());
        let mut claims = Claims::new(user, tenant, grant.expires, Some(Kind::Grant));
        claims.may = Some(May::new(&grant.permit));
        self.write_sealed(claims, Kind::Grant, &grant.keys.secret_key)
    }
}
