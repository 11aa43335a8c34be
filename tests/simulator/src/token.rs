//! HCP's own credentials, as its native protocols, the Management API and the query API read them.

use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderValue};
use md5::{Digest as _, Md5};
use subtle::ConstantTimeEq as _;

use crate::users::{User, Users};

/// Older clients send the token in one of these cookies, for data and for management.
const COOKIES: [&str; 2] = ["hcp-ns-auth=", "hcp-api-auth="];

/// What a request says to prove who asks. It holds secrets and has no `Debug`.
pub(crate) enum Token {
    /// `HCP base64(user):md5hex(password)`
    Hcp { key: String, hash: String },
    /// `AD user@domain:password`
    Directory { name: String, password: String },
}

impl Token {
    /// The header, or the cookie where there is no header.
    pub(crate) fn read(headers: &HeaderMap) -> Option<Self> {
        let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
        let Some(value) = headers.get(AUTHORIZATION) else {
            let cookies = text(headers.get(COOKIE)?)?;
            let mut pairs = cookies.split(';').map(str::trim);
            let token = pairs.find_map(|pair| COOKIES.iter().find_map(|c| pair.strip_prefix(c)));
            return Self::hcp(token?);
        };
        let value = text(value)?;
        match value.split_once(' ')? {
            ("HCP", token) => Self::hcp(token.trim_start()),
            ("AD", token) => Self::directory(token.trim_start()),
            _ => None,
        }
    }

    fn hcp(token: &str) -> Option<Self> {
        let (key, hash) = token.split_once(':')?;
        Some(Self::Hcp {
            key: key.to_owned(),
            hash: hash.to_owned(),
        })
    }

    fn directory(token: &str) -> Option<Self> {
        let (name, password) = token.split_once(':')?;
        Some(Self::Directory {
            name: name.to_owned(),
            password: password.to_owned(),
        })
    }

    /// The enabled user of this tenant whose password it is.
    pub(crate) fn user(&self, users: &Users, tenant: &str) -> Option<User> {
        let (user, digest) = match self {
            // HCP's documents write the hash in both cases.
            Self::Hcp { key, hash } => (users.by_access_key(tenant, key)?, hex::decode(hash).ok()?),
            Self::Directory { name, password } => (
                directory_user(users, tenant, name)?,
                Md5::digest(password).to_vec(),
            ),
        };
        let same: bool = Md5::digest(&user.password).ct_eq(&digest).into();
        (same && user.enabled).then_some(user)
    }
}

/// The simulator has no directory: the user of the whole name, or of what stands before the `@`.
fn directory_user(users: &Users, tenant: &str, name: &str) -> Option<User> {
    let short = || users.get(tenant, name.split_once('@')?.0);
    users.get(tenant, name).or_else(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user_of(name: &'static str, value: &str) -> Option<String> {
        let users = Users::default();
        users.put("europe", User::new("lgreen", "p4ssw0rd"));
        let mut out = User::new("out", "p4ssw0rd");
        out.enabled = false;
        users.put("europe", out);
        let headers = HeaderMap::from_iter([(
            http::HeaderName::from_static(name),
            HeaderValue::from_str(value).unwrap(),
        )]);
        let user = Token::read(&headers)?.user(&users, "europe")?;
        Some(user.username)
    }

    #[test]
    fn the_documented_forms_are_taken() {
        let green = Some("lgreen".to_owned());
        let token = "bGdyZWVu:2a9d119df47ff993b662a8ef36f9ea20";
        assert_eq!(user_of("authorization", &format!("HCP {token}")), green);
        let upper = "HCP bGdyZWVu:2A9D119DF47FF993B662A8EF36F9EA20";
        assert_eq!(user_of("authorization", upper), green);
        let cookies = format!("a=b; hcp-ns-auth={token}");
        assert_eq!(user_of("cookie", &cookies), green);
        assert_eq!(user_of("cookie", &format!("hcp-api-auth={token}")), green);
        assert_eq!(user_of("authorization", "AD lgreen:p4ssw0rd"), green);
        assert_eq!(user_of("authorization", "AD lgreen@x.test:p4ssw0rd"), green);
    }

    #[test]
    fn everything_else_is_nobody() {
        for value in [
            "HCP bGdyZWVu:2a9d119df47ff993b662a8ef36f9ea21",
            "HCP bGdyZWVu:",
            "HCP bGdyZWVu",
            "HCP b3V0:2a9d119df47ff993b662a8ef36f9ea20",
            "bGdyZWVu:2a9d119df47ff993b662a8ef36f9ea20",
            "AD lgreen@x.test:p4ssw0rdx",
            "AD @x.test:",
            "Basic bGdyZWVuOnA0c3N3MHJk",
        ] {
            assert_eq!(user_of("authorization", value), None, "{value}");
        }
    }
}
