//! Links to one request: a grant as the token, signed with the keys that it holds.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Uri};
use portico_sdk::clock::Clock;
use portico_sdk::credential::AccessKeys;
use portico_sdk::presign::{LONGEST, Presigner, PublicAddress};
use portico_sdk::tokens::{Grant, Part, Permit, Tokens};
use portico_sdk::upstream::Upstreams;
use portico_sdk::users::Users;
use portico_sdk::{Error, Principal, Reason};
use portico_sigv4::{Outgoing, Scope, SigningKey, Timestamp, presign, uri_encode};

use crate::grant;
use crate::outgoing::internal;

/// Makes links.
pub(crate) struct Links {
    pub(crate) upstreams: Arc<Upstreams>,
    pub(crate) tokens: Arc<dyn Tokens>,
    /// On generic stores alone.
    pub(crate) users: Option<Arc<dyn Users>>,
    pub(crate) public: Arc<PublicAddress>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Links {
    /// HCP's keys follow from the user's password. Elsewhere they are made for this link: those of
    /// the house's own account are told to nobody.
    fn keys(&self, caller: &Principal) -> Result<AccessKeys, Error> {
        match &self.users {
            None => Ok(caller.s3_keys().into_owned()),
            Some(users) => users.issue(&caller.user),
        }
    }

    fn address(&self, caller: &Principal) -> Result<String, Error> {
        let tenant = caller.tenant.as_ref();
        let tenant = tenant.or(self.upstreams.default_tenant.as_ref());
        self.public.s3(tenant).ok_or_else(|| {
            let words = "No public address of the S3 door is known for this user.";
            Error::with_message(Reason::NotImplemented, words).because("auth.public_s3_url")
        })
    }
}

impl Presigner for Links {
    fn presign(
        &self,
        caller: &Principal,
        permit: Permit,
        lifetime: Duration,
    ) -> Result<String, Error> {
        if lifetime > LONGEST {
            return Err(internal("a link of more than seven days"));
        }
        let address = self.address(caller)?;
        let keys = self.keys(caller)?;
        let (path, now) = (grant::path(&permit), self.clock.now());
        let method = permit.method.clone();
        let query = permit.part.as_ref().map(part);
        let token = self.tokens.write_grant(&Grant {
            user: caller.user.clone(),
            tenant: caller.tenant.clone(),
            keys: keys.clone(),
            permit,
            expires: now + lifetime,
        })?;
        let at = Timestamp::from_system(now).ok_or_else(|| internal("clock out of range"))?;
        let scope = Scope::new(&at, &self.upstreams.region, "s3").map_err(internal)?;
        let outgoing = Outgoing {
            method: method.as_str(),
            path: &path,
            query: query.as_deref(),
            headers: &HeaderMap::new(),
            host: &authority(&address)?,
            sign_also: &[],
        };
        let key = SigningKey::derive(&keys.secret_key, &scope);
        let seconds = u32::try_from(lifetime.as_secs()).map_err(internal)?;
        let extra = [("X-Amz-Security-Token", token.as_str())];
        let query = presign(&outgoing, &keys.access_key, &key, at, seconds, &extra);
        let address = address.trim_end_matches('/');
        Ok(format!("{address}{path}?{}", query.map_err(internal)?))
    }
}

fn part(part: &Part) -> String {
    let id = uri_encode(part.upload_id.as_bytes(), false);
    format!("partNumber={}&uploadId={id}", part.number)
}

/// What clients will write into `Host`: the scheme's own port is left out (RFC 9110 section 7.2).
fn authority(address: &str) -> Result<String, Error> {
    let uri: Uri = address.parse().map_err(internal)?;
    let host = uri
        .host()
        .ok_or_else(|| internal("an address without a host"))?;
    let host = host.to_ascii_lowercase();
    let own = if uri.scheme_str() == Some("http") {
        80
    } else {
        443
    };
    Ok(match uri.port_u16() {
        Some(port) if port != own => format!("{host}:{port}"),
        _ => host,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_as_clients_write_it() {
        for (address, host) in [
            ("https://T.example", "t.example"),
            ("https://t.example:443/", "t.example"),
            ("http://t.example:80", "t.example"),
            ("http://t.example:443", "t.example:443"),
            ("https://t.example:9000", "t.example:9000"),
            ("http://[::1]:9000", "[::1]:9000"),
        ] {
            assert_eq!(authority(address).unwrap(), host);
        }
        assert!(authority("/path").is_err());
    }
}
