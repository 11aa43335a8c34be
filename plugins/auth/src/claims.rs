//! What stands in a token, and the rules that hold whatever its kind.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use portico_sdk::tokens::{Part, Permit};
use portico_sdk::{Error, Reason, Tenant};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// Proves a user, as a bearer token.
    #[serde(rename = "login")]
    Login,
    /// Accompanies signed S3 requests.
    #[serde(rename = "s3")]
    Session,
    /// Stands in a presigned URL and allows one request.
    #[serde(rename = "grant")]
    Grant,
}

impl Kind {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Login => b"login",
            Self::Session => b"s3",
            Self::Grant => b"grant",
        }
    }
}

/// The claims. Not `Debug`: `pwd` may be a password in clear.
#[derive(Serialize, Deserialize)]
pub(crate) struct Claims {
    /// The user; optional here so that its absence has words of its own.
    #[serde(default)]
    pub(crate) sub: Option<String>,
    /// Seconds since 1970 at which the token is no longer good.
    pub(crate) exp: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Option<String>,
    /// Sealed when `kind` is there; a password in clear when it is not.
    pub(crate) pwd: String,
    /// Absent from the tokens of the Python backend, and from those written for it to read:
    /// so no password can be taken for a seal, whatever it looks like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<Kind>,
    /// What a grant is for; absent from every other kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) may: Option<May>,
    #[serde(default, skip_serializing)]
    nbf: Option<u64>,
    #[serde(default, skip_serializing)]
    aud: Option<IgnoredAny>,
}

/// What a grant is for. The names are short because the token stands in a URL.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct May {
    /// The method.
    m: String,
    /// The bucket.
    b: String,
    /// The key.
    k: String,
    /// Upload id and part number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    u: Option<(String, u16)>,
}

impl May {
    pub(crate) fn new(permit: &Permit) -> Self {
        let part = permit.part.as_ref();
        Self {
            m: permit.method.to_string(),
            b: permit.bucket.clone(),
            k: permit.key.clone(),
            u: part.map(|part| (part.upload_id.clone(), part.number)),
        }
    }

    pub(crate) fn permit(self) -> Result<Permit, Error> {
        let method = self.m.parse();
        let part = self.u.map(|(upload_id, number)| Part { upload_id, number });
        // The seal of a grant without a part would open for one to the part 0 of no upload.
        let no_part = |part: &Part| !(1..=10_000).contains(&part.number);
        if part.as_ref().is_some_and(no_part) {
            return Err(invalid("its part is no part"));
        }
        Ok(Permit {
            method: method.map_err(|_| invalid("its method is no method"))?,
            bucket: self.b,
            key: self.k,
            part,
        })
    }
}

/// Whom a token is about, proven.
pub(crate) struct Subject {
    pub(crate) user: String,
    pub(crate) tenant: Option<Tenant>,
    pub(crate) expires: SystemTime,
}

impl Claims {
    /// Claims without a password yet.
    pub(crate) fn new(
        user: &str,
        tenant: Option<&Tenant>,
        expires: SystemTime,
        kind: Option<Kind>,
    ) -> Self {
        let since = expires.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            sub: Some(user.to_owned()),
            exp: since.as_secs(),
            tenant: tenant.map(ToString::to_string),
            pwd: String::new(),
            kind,
            may: None,
            nbf: None,
            aud: None,
        }
    }

    /// Checks what RFC 7519 section 4.1 asks of a receiver, at `now` seconds since 1970.
    ///
    /// There is no leeway: a token ends at the very second it names.
    pub(crate) fn check(&self, now: u64) -> Result<(), Error> {
        if self.aud.is_some() {
            return Err(invalid("meant for an audience"));
        }
        if self.nbf.is_some_and(|start| start > now) {
            return Err(invalid("not good yet"));
        }
        if now >= self.exp {
            return Err(Error::with_message(
                Reason::ExpiredToken,
                "Token has expired",
            ));
        }
        if self.sub.as_ref().is_none_or(String::is_empty) {
            return Err(Error::with_message(
                Reason::InvalidToken,
                "Invalid token: no subject",
            ));
        }
        Ok(())
    }

    /// What a seal is bound to: every part with its length, so that none runs into the next.
    pub(crate) fn bound(&self, kind: Kind) -> Vec<u8> {
        let user = self.sub.as_deref().unwrap_or_default();
        let tenant = self.tenant.as_deref().unwrap_or_default();
        let exp = self.exp.to_be_bytes();
        let mut bound = Vec::with_capacity(64 + user.len() + tenant.len());
        let common: [&[u8]; 4] = [kind.label(), user.as_bytes(), tenant.as_bytes(), &exp];
        append(&mut bound, common);
        if let Some(May { m, b, k, u }) = &self.may {
            let (upload, number) = u.as_ref().map_or(("", 0), |(id, number)| (id, *number));
            let number = number.to_be_bytes();
            let [m, b, k, upload] = [m, b, k, upload].map(str::as_bytes);
            append(&mut bound, [m, b, k, upload, &number]);
        }
        bound
    }

    /// Whom the token is about, once it has been checked.
    pub(crate) fn subject(self) -> Result<Subject, Error> {
        let tenant = self.tenant.map(|name| name.parse()).transpose();
        let tenant = tenant.map_err(|_| invalid("its tenant is no tenant name"))?;
        let expires = UNIX_EPOCH.checked_add(Duration::from_secs(self.exp));
        let expires = expires.ok_or_else(|| invalid("its end is beyond all clocks"))?;
        Ok(Subject {
            user: self.sub.unwrap_or_default(),
            tenant,
            expires,
        })
    }
}

/// Each part with its length, so that none runs into the next.
fn append<const N: usize>(bound: &mut Vec<u8>, parts: [&[u8]; N]) {
    for part in parts {
        bound.extend_from_slice(&part.len().to_be_bytes());
        bound.extend_from_slice(part);
    }
}

/// The one refusal of tokens; only the log learns why.
pub(crate) fn invalid(cause: &'static str) -> Error {
    Error::with_message(Reason::InvalidToken, "Invalid token").because(cause)
}
