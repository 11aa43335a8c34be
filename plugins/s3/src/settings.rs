//! The settings of the S3 door, and the keys they hold.

use std::collections::HashMap;
use std::sync::Arc;

use portico_sdk::credential::AccessKeys;
use portico_sdk::rights::Rule;
use portico_sdk::settings::{Fault, Secret, Size};
use portico_sdk::upstream::{Backend, Upstreams};
use portico_sdk::users::Users;
use serde::{Deserialize, Serialize};

use crate::rights_accounts::Accounts;

/// `[s3]`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The access key towards a generic store; clients may present the same pair.
    pub access_key: Secret,
    /// Its secret key.
    pub secret_key: Secret,
    /// Further pairs that clients of a generic store may present.
    pub service_accounts: Vec<ServiceAccount>,
    /// What happens to the checksum headers and trailers of newer SDKs, once verified.
    pub checksums: Checksums,
    /// The largest document that is read whole, because the store wants its MD5.
    pub max_document: Size,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            access_key: Secret::default(),
            secret_key: Secret::default(),
            service_accounts: Vec::new(),
            checksums: Checksums::Auto,
            max_document: Size(4 << 20),
        }
    }
}

/// A key pair that a client may present.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceAccount {
    /// The access key id.
    pub access_key: Secret,
    /// The secret access key.
    pub secret_key: Secret,
    /// What the holder may do; `None`, and no `user` either: everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<Vec<Rule>>,
    /// The user of `[auth]` whose rules the account shares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

/// What happens to checksums that have been verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Checksums {
    /// Stripped for HCP before release 10, passed on otherwise.
    Auto,
    /// Never sent to the store.
    Strip,
    /// Sent to the store where they are headers; trailers become plain bodies all the same.
    Pass,
}

impl Checksums {
    /// Whether the store must not see them.
    #[must_use]
    pub fn stripped(self, upstreams: &Upstreams) -> bool {
        match self {
            Self::Strip => true,
            Self::Pass => false,
            // HCP-50739: releases before 10 refuse what today's SDKs send by default.
            Self::Auto => upstreams.backend == Backend::Hcp && upstreams.hcp_release < 10,
        }
    }
}

/// The keys of the configuration.
#[derive(Debug, Default)]
pub struct ConfiguredKeys {
    /// What requests to the store are signed with.
    pub upstream: Option<Arc<AccessKeys>>,
    /// What clients may present, by access key.
    pub accepted: HashMap<String, AccessKeys>,
    /// What each of them may do.
    pub accounts: Accounts,
}

impl Settings {
    /// The keys, complete for the kind of store.
    ///
    /// # Errors
    /// A generic store without keys, half a pair, or rules that cannot work.
    pub fn keys(
        &self,
        backend: Backend,
        users: Option<Arc<dyn Users>>,
    ) -> Result<ConfiguredKeys, Fault> {
        if backend == Backend::Hcp {
            return self.none_on_hcp();
        }
        let upstream = pair("access_key", &self.access_key, &self.secret_key)?;
        let mut accepted = HashMap::from([(upstream.access_key.clone(), upstream.clone())]);
        for account in &self.service_accounts {
            let keys = pair("service_accounts", &account.access_key, &account.secret_key)?;
            accepted.insert(keys.access_key.clone(), keys);
        }
        Ok(ConfiguredKeys {
            upstream: Some(Arc::new(upstream)),
            accepted,
            accounts: Accounts::new(&self.service_accounts, users)?,
        })
    }

    fn none_on_hcp(&self) -> Result<ConfiguredKeys, Fault> {
        if self.access_key.is_empty() && self.service_accounts.is_empty() {
            return Ok(ConfiguredKeys::default());
        }
        Err(Fault::key(
            "s3",
            "access_key",
            "keys are for the backends `generic` and `minio`; on HCP they derive from each user's password",
        ))
    }
}

fn pair(key: &'static str, access: &Secret, secret: &Secret) -> Result<AccessKeys, Fault> {
    if access.is_empty() || secret.is_empty() {
        return Err(Fault::key(
            "s3",
            key,
            "a generic store needs both `access_key` and `secret_key` of an account there",
        ));
    }
    Ok(AccessKeys {
        access_key: access.expose().to_owned(),
        secret_key: secret.to_secret_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generic_store_needs_keys_and_hcp_takes_none() {
        let mut settings = Settings::default();
        assert!(settings.keys(Backend::Generic, None).is_err());
        assert!(
            settings
                .keys(Backend::Hcp, None)
                .unwrap()
                .upstream
                .is_none()
        );
        settings.access_key = "key".into();
        assert!(
            settings.keys(Backend::Generic, None).is_err(),
            "half a pair"
        );
        settings.secret_key = "secret".into();
        assert!(
            settings
                .keys(Backend::Minio, None)
                .unwrap()
                .accepted
                .contains_key("key")
        );
        assert!(settings.keys(Backend::Hcp, None).is_err());
    }
}
