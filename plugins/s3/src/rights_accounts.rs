//! What holders of the configuration's keys, and of tokens on a generic store, may do and sign with.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use portico_sdk::credential::{AccessKeys, Credential};
use portico_sdk::settings::Fault;
use portico_sdk::users::Users;
use portico_sdk::{Error, Reason, Rights};

use crate::settings::{ConfiguredKeys, ServiceAccount};

/// The rights of service accounts, and who knows those of users.
#[derive(Default)]
pub struct Accounts {
    /// By access key; who is not here may everything.
    rights: HashMap<String, Arc<Rights>>,
    users: Option<Arc<dyn Users>>,
}

impl Accounts {
    /// Reads the rules of the service accounts; `users` know those that are shared.
    ///
    /// # Errors
    /// Rules that cannot work, a user whom nobody knows, or both at once.
    pub fn new(accounts: &[ServiceAccount], users: Option<Arc<dyn Users>>) -> Result<Self, Fault> {
        let mut rights = HashMap::new();
        for (number, account) in (1..).zip(accounts) {
            let fault = |words: String| {
                let message = format!("account number {number}: {words}");
                Fault::key("s3", "service_accounts", message)
            };
            let own = own_rights(account, users.as_deref()).map_err(fault)?;
            let key = account.access_key.expose().to_owned();
            rights.extend(own.map(|own| (key, own)));
        }
        Ok(Self { rights, users })
    }
}

fn own_rights(
    account: &ServiceAccount,
    users: Option<&dyn Users>,
) -> Result<Option<Arc<Rights>>, String> {
    match (&account.rules, &account.user) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err("either `rules` or `user`, not both".to_owned()),
        (Some(rules), None) => {
            let rights = Rights::new(rules.clone()).map_err(|error| error.to_string())?;
            Ok(Some(Arc::new(rights)))
        }
        (None, Some(name)) => {
            let rights = users.and_then(|users| users.rights(name));
            let none = "its `user` is no name of [auth] users";
            rights.map(Some).ok_or_else(|| none.to_owned())
        }
    }
}

impl ConfiguredKeys {
    /// What the holder of a token's keys shows to the store, and may do there: on HCP these very
    /// keys, as the store decides; elsewhere the account of the house, as the user's rules say.
    ///
    /// # Errors
    /// [`Reason::InvalidToken`]: the user is gone or has another password since, or nobody here
    /// knows users.
    pub fn standing(
        &self,
        user: &str,
        keys: &AccessKeys,
    ) -> Result<(Credential, Option<Arc<Rights>>), Error> {
        let Some(house) = &self.upstream else {
            return Ok((Credential::S3Keys(keys.clone()), None));
        };
        let users = self.accounts.users.as_ref();
        let users = users.ok_or_else(|| Error::new(Reason::InvalidToken))?;
        let rights = users.recognize(user, keys)?;
        Ok((Credential::House(Arc::clone(house)), Some(rights)))
    }

    /// The rights of a key pair of the configuration; `None`: everything.
    #[must_use]
    pub fn rights(&self, access_key: &str) -> Option<Arc<Rights>> {
        self.accounts.rights.get(access_key).cloned()
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Accounts(..)")
    }
}

#[cfg(test)]
mod tests {
    use portico_sdk::rights::Rule;

    use super::*;

    fn account(rules: Option<Vec<Rule>>, user: Option<&str>) -> ServiceAccount {
        ServiceAccount {
            access_key: "key".into(),
            secret_key: "secret".into(),
            rules,
            user: user.map(ToOwned::to_owned),
        }
    }

    #[test]
    fn rules_of_accounts_are_read_or_refused() {
        let read = |account| Accounts::new(&[account], None);
        assert!(read(account(None, None)).unwrap().rights.is_empty());
        let none = read(account(Some(Vec::new()), None)).unwrap();
        assert!(!none.rights["key"].see("b"));
        assert!(read(account(None, Some("ann"))).is_err());
        assert!(read(account(Some(Vec::new()), Some("ann"))).is_err());
    }
}
