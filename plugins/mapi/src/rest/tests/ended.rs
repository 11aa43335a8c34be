//! Keys of passwords that a request ends are believed no longer.

use std::sync::Mutex;

use async_trait::async_trait;
use portico_hcp::testkit::Deed;
use portico_sdk::Tenant;
use portico_sdk::credential::{AccessKeys, hcp_access_key};
use portico_sdk::keyring::{Accounts, Keyring};
use secrecy::SecretString;
use serde_json::json;

use super::House;

/// Notes what it is told to forget.
#[derive(Default)]
pub(super) struct Ring(Mutex<Vec<Accounts>>);

#[async_trait]
impl Keyring for Ring {
    async fn secrets(&self, _: &Tenant, _: &str) -> Vec<SecretString> {
        Vec::new()
    }

    fn learn(&self, _: &Tenant, _: &AccessKeys) {}

    fn forget(&self, _: &Tenant, _: &AccessKeys) {}

    fn forget_all(&self, _: &Tenant, _: &str) {}

    fn forget_accounts(&self, accounts: &Accounts) {
        self.0.lock().unwrap().push(accounts.clone());
    }
}

impl House {
    /// Whether an account of `t1` has been forgotten since the last time.
    fn forgot(&self, user: &str) -> bool {
        let tenant = "t1".parse().unwrap();
        let told = std::mem::take(&mut *self.ring.0.lock().unwrap());
        told.iter()
            .any(|accounts| accounts.cover(&tenant, &hcp_access_key(user)))
    }
}

const CHANGES: [(&str, &str); 6] = [
    ("POST", "/tenants/t1/userAccounts/Ada?password=new"),
    ("POST", "/tenants/t1/userAccounts/ada"),
    ("POST", "/tenants/t1/userAccounts/ada/changePassword"),
    ("POST", "/tenants/t1/userAccounts?resetPasswords=ada"),
    ("DELETE", "/tenants/t1/userAccounts/ada"),
    ("POST", "/userAccounts/ada?password=new"),
];

async fn after(status: u16, method: &str, path: &str) -> House {
    let house = House::before(move |_| Deed::json(status, "")).await;
    let document = json!({"newPassword": "new", "enabled": false});
    house.ask(method, path, Some(&document)).await;
    assert_eq!(house.seen().len(), 1, "{path}");
    house
}

#[tokio::test]
async fn a_change_of_a_password_ends_what_was_known_of_it() {
    for (method, path) in CHANGES {
        assert!(after(200, method, path).await.forgot("ADA"), "{path}");
        for status in [302, 400, 403, 404, 500, 503] {
            assert!(
                !after(status, method, path).await.forgot("ada"),
                "{path} {status}"
            );
        }
    }
    let others = after(200, "POST", "/tenants/t1/userAccounts/bob").await;
    assert!(!others.forgot("ada"));
}

/// A login proves nothing, so anybody can ask what HCP will refuse, or hang up.
#[tokio::test]
async fn what_hcp_has_not_done_ends_nothing() {
    let house = House::before(|_| Deed::Hangup).await;
    for (method, path) in CHANGES {
        let document = json!({"newPassword": "new"});
        assert_eq!(house.ask(method, path, Some(&document)).await.status, 502);
        assert!(!house.forgot("ada"), "{path}");
    }
}

#[tokio::test]
async fn what_never_reached_hcp_ends_nothing() {
    let house = House::answering("{}").await;
    let answer = house.ask("POST", "/tenants/t1/userAccounts", None).await;
    assert_eq!(answer.status, 422);
    assert!(!house.forgot("ada") && house.seen().is_empty());
}

#[tokio::test]
async fn whatever_only_reads_ends_nothing() {
    let house = House::answering("{}").await;
    for path in [
        "/tenants/t1/userAccounts",
        "/tenants/t1/userAccounts/ada",
        "/userAccounts",
    ] {
        assert_eq!(house.get(path).await.status, 200);
        assert!(!house.forgot("ada"));
    }
}
