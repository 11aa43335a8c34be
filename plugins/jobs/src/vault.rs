//! Whatever is kept of a job is sealed, for its place in this job of this owner.

use std::sync::Arc;

use http::HeaderValue;
use portico_sdk::credential::{AccessKeys, Credential, HouseAccount};
use portico_sdk::principal::Way;
use portico_sdk::seal::Seal;
use portico_sdk::users::Users;
use portico_sdk::{Error, Principal, Reason, Tenant, trace};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::{Zeroize as _, Zeroizing};

use crate::job::{JobId, Owner};

/// Which of a job's parts is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Order,
    Checkpoint,
    Report,
    Result,
}

impl Part {
    fn word(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Checkpoint => "checkpoint",
            Self::Report => "report",
            Self::Result => "result",
        }
    }
}

/// Seals, and who may be found behind them.
#[derive(Clone)]
pub(crate) struct Vault {
    pub(crate) seal: Arc<dyn Seal>,
    pub(crate) house: HouseAccount,
    pub(crate) users: Option<Arc<dyn Users>>,
}

/// What a job is to do, and for whom.
#[derive(Serialize, Deserialize)]
struct Envelope {
    user: String,
    tenant: Option<String>,
    /// What the store wants to see; none where it sees the house's own account.
    keys: Option<Keys>,
    order: Value,
    /// The span in which it was given, where somebody followed that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ordered: Option<String>,
}

/// An order, as it is carried out.
pub(crate) struct Opened {
    /// Who gave it, with what they may do now.
    pub(crate) caller: Principal,
    pub(crate) order: Value,
    /// The name of the span in which it was given.
    pub(crate) ordered: Option<HeaderValue>,
}

#[derive(Serialize, Deserialize)]
struct Keys {
    access_key: String,
    secret_key: String,
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.secret_key.zeroize();
    }
}

impl Vault {
    /// Whose jobs the caller's are.
    pub(crate) fn owner(&self, caller: &Principal) -> Owner {
        let keys = caller.s3_keys();
        let tenant = caller.tenant.as_ref().map_or("", Tenant::as_str);
        let (kind, secret) = match caller.credential {
            // The store sees one account for everyone: the house tells them apart.
            Credential::House(_) => ("house", ""),
            _ => ("keys", keys.secret_key.expose_secret()),
        };
        let parts = [kind, tenant, &caller.user, secret].map(str::as_bytes);
        Owner(self.seal.tag(&parts))
    }

    /// Seals a part of a job.
    pub(crate) fn close<T: Serialize>(
        &self,
        part: Part,
        (id, owner): (JobId, Owner),
        plain: &T,
    ) -> Result<Vec<u8>, Error> {
        let unwritten = |error| Error::new(Reason::InternalError).because(error);
        let plain = Zeroizing::new(serde_json::to_vec(plain).map_err(unwritten)?);
        self.seal.close(&plain, &bound(part, id, owner))
    }

    /// Opens a part of a job; `None`: it is that of another, or was sealed with another secret.
    pub(crate) fn open<T: DeserializeOwned>(
        &self,
        part: Part,
        (id, owner): (JobId, Owner),
        sealed: &[u8],
    ) -> Option<T> {
        let plain = self.seal.open(sealed, &bound(part, id, owner))?;
        serde_json::from_slice(&plain).ok()
    }

    /// Seals an order with the credential of who gave it: of a password, only what the store of
    /// objects needs.
    pub(crate) fn close_order<T: Serialize>(
        &self,
        job: (JobId, Owner),
        caller: &Principal,
        order: &T,
    ) -> Result<Vec<u8>, Error> {
        let unwritten = |error| Error::new(Reason::InternalError).because(error);
        let keys = (!matches!(caller.credential, Credential::House(_))).then(|| {
            let keys = caller.s3_keys();
            Keys {
                access_key: keys.access_key.clone(),
                secret_key: keys.secret_key.expose_secret().to_owned(),
            }
        });
        let envelope = Envelope {
            user: caller.user.clone(),
            tenant: caller.tenant.as_ref().map(ToString::to_string),
            keys,
            order: serde_json::to_value(order).map_err(unwritten)?,
            ordered: trace::present().and_then(|name| Some(name.to_str().ok()?.to_owned())),
        };
        self.close(Part::Order, job, &envelope)
    }

    /// Opens an order, and finds out what who gave it may do now.
    pub(crate) fn open_order(&self, job: (JobId, Owner), sealed: &[u8]) -> Result<Opened, Error> {
        let words = "The job can no longer be read";
        let unreadable = || Error::with_message(Reason::InternalError, words);
        let envelope: Envelope = self.open(Part::Order, job, sealed).ok_or_else(unreadable)?;
        let tenant = envelope.tenant.as_deref().map(str::parse).transpose();
        let (credential, rights) = if let Some(keys) = &envelope.keys {
            (Credential::S3Keys(keys.given()), None)
        } else {
            let words = "There is no such user any more";
            let gone = || Error::with_message(Reason::AccessDenied, words);
            let users = self.users.as_ref().ok_or_else(unreadable)?;
            let rights = users.rights(&envelope.user).ok_or_else(gone)?;
            let credential = self.house.credential();
            (credential.ok_or_else(unreadable)?, Some(rights))
        };
        let caller = Principal {
            user: envelope.user,
            tenant: tenant.map_err(|_| unreadable())?,
            way: Way::Bearer,
            credential,
            rights,
        };
        let ordered = envelope.ordered.map(HeaderValue::try_from);
        Ok(Opened {
            caller,
            order: envelope.order,
            ordered: ordered.and_then(Result::ok),
        })
    }
}

impl Keys {
    fn given(&self) -> AccessKeys {
        AccessKeys {
            access_key: self.access_key.clone(),
            secret_key: SecretString::from(self.secret_key.clone()),
        }
    }
}

fn bound(part: Part, id: JobId, owner: Owner) -> Vec<u8> {
    let owner = const_hex::encode(owner.0);
    format!("{}/{id}/{owner}", part.word()).into_bytes()
}

#[cfg(test)]
mod tests {
    use portico_sdk::rights::{Rights, Rule};
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::testing::{OpenSeal, somebody};

    /// `ann` is there, and nobody else.
    struct Ann;

    impl Users for Ann {
        fn issue(&self, _user: &str) -> Result<AccessKeys, Error> {
            Err(Error::new(Reason::InvalidToken))
        }

        fn recognize(&self, _user: &str, _keys: &AccessKeys) -> Result<Arc<Rights>, Error> {
            Err(Error::new(Reason::InvalidToken))
        }

        fn rights(&self, user: &str) -> Option<Arc<Rights>> {
            let rule = Rule {
                buckets: vec!["b".to_owned()],
                prefixes: Vec::new(),
                read_only: false,
            };
            (user == "ann").then(|| Arc::new(Rights::new(vec![rule]).unwrap()))
        }
    }

    fn vault() -> Vault {
        let house = HouseAccount::default();
        let keys = somebody("the house", "of the house").s3_keys().into_owned();
        house.tell(Arc::new(keys));
        Vault {
            seal: Arc::new(OpenSeal),
            house,
            users: Some(Arc::new(Ann)),
        }
    }

    fn user(vault: &Vault, name: &str) -> Principal {
        Principal {
            tenant: None,
            credential: vault.house.credential().unwrap(),
            rights: Some(Arc::new(Rights::new(Vec::new()).unwrap())),
            ..somebody(name, "")
        }
    }

    #[test]
    fn an_order_comes_back_with_the_keys_of_the_password_and_not_with_the_password() {
        let (vault, ada) = (vault(), somebody("ada", "secret"));
        let job = (Uuid::new_v4(), vault.owner(&ada));
        let sealed = vault.close_order(job, &ada, &json!({"a": 1})).unwrap();
        let Opened { caller, order, .. } = vault.open_order(job, &sealed).unwrap();
        assert_eq!(order, json!({"a": 1}));
        assert_eq!((&caller.user, &caller.tenant), (&ada.user, &ada.tenant));
        assert!(matches!(caller.credential, Credential::S3Keys(_)));
        let secret = |who: &Principal| who.s3_keys().secret_key.expose_secret().to_owned();
        assert_eq!(secret(&caller), secret(&ada));
        assert!(caller.rights.is_none());
    }

    #[test]
    fn what_is_sealed_for_one_place_opens_nowhere_else() {
        let (vault, ada) = (vault(), somebody("ada", "secret"));
        let job = (Uuid::new_v4(), vault.owner(&ada));
        let sealed = vault.close(Part::Report, job, &1).unwrap();
        assert_eq!(vault.open::<i32>(Part::Report, job, &sealed), Some(1));
        let other_job = (Uuid::new_v4(), job.1);
        let other_owner = (job.0, vault.owner(&somebody("ada", "wrong")));
        assert_eq!(vault.open::<i32>(Part::Report, other_job, &sealed), None);
        assert_eq!(vault.open::<i32>(Part::Report, other_owner, &sealed), None);
        assert_eq!(vault.open::<i32>(Part::Result, job, &sealed), None);
    }

    #[test]
    fn users_of_the_house_have_the_rights_of_now_and_none_when_they_are_gone() {
        let vault = vault();
        let (ann, ben) = (user(&vault, "ann"), user(&vault, "ben"));
        assert_ne!(vault.owner(&ann), vault.owner(&ben));
        let job = (Uuid::new_v4(), vault.owner(&ann));
        let sealed = vault.close_order(job, &ann, &()).unwrap();
        let caller = vault.open_order(job, &sealed).unwrap().caller;
        assert!(matches!(caller.credential, Credential::House(_)));
        assert!(caller.rights.unwrap().write("b", "k"), "those of now");
        let job = (Uuid::new_v4(), vault.owner(&ben));
        let sealed = vault.close_order(job, &ben, &()).unwrap();
        let gone = vault.open_order(job, &sealed).err().unwrap();
        assert_eq!(gone.reason(), Reason::AccessDenied);
    }
}
