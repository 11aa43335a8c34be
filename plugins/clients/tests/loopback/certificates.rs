//! Whom the client believes to be the store.

use crate::store::{HOST, Identity, Store, fetch, get, rules, trusting, upstream};
use portico_clients::{Client, ClientError};
use portico_sdk::error::chain;
use portico_sdk::upstream::Upstreams;
use portico_sdk::{Error, Reason};

async fn ask(rules: &Upstreams, store: &Store) -> Result<String, Error> {
    let client = Client::new(rules).unwrap();
    fetch(&client, &upstream(true, &[store.address]), get("/")).await
}

fn refused(result: Result<String, Error>, cause: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.reason(), Reason::ServiceUnavailable);
    assert!(chain(&error).contains(cause), "{}", chain(&error));
    assert!(!error.to_string().contains(cause), "only the log may know");
}

#[tokio::test]
async fn the_given_authority_is_trusted_and_the_name_is_the_upstreams() {
    let identity = Identity::issued(HOST);
    let rules = trusting(&identity.authority);
    let store = Store::tls(identity).await;
    ask(&rules, &store).await.unwrap();
    let names = store.server_names.lock().unwrap().clone();
    assert_eq!(names, [Some(HOST.to_owned())]);
}

#[tokio::test]
async fn another_authority_is_refused() {
    let rules = trusting(&Identity::issued(HOST).authority);
    let store = Store::tls(Identity::issued(HOST)).await;
    // Both authorities bear the same name, so only the signature tells them apart.
    refused(ask(&rules, &store).await, "BadSignature");
}

#[tokio::test]
async fn another_name_is_refused() {
    let identity = Identity::issued("other.store.invalid");
    let rules = trusting(&identity.authority);
    let store = Store::tls(identity).await;
    refused(ask(&rules, &store).await, "not valid for name");
}

#[tokio::test]
async fn a_given_certificate_that_signed_itself_is_trusted_under_its_name_alone() {
    let identity = Identity::self_signed(HOST);
    let rules = trusting(&identity.authority);
    ask(&rules, &Store::tls(identity).await).await.unwrap();

    let stranger = Store::tls(Identity::self_signed(HOST)).await;
    refused(ask(&rules, &stranger).await, "CaUsedAsEndEntity");

    let misnamed = Identity::self_signed("other.store.invalid");
    let rules = trusting(&misnamed.authority);
    let store = Store::tls(misnamed).await;
    refused(ask(&rules, &store).await, "not valid for name");
}

#[tokio::test]
async fn the_systems_authorities_do_not_know_a_store_of_our_own() {
    let mut rules = rules();
    rules.tls.verify = true;
    // A machine without authorities must say so; one with them must refuse.
    if let Err(error) = Client::new(&rules) {
        assert!(matches!(error, ClientError::NoSystemAuthority), "{error}");
        return;
    }
    let store = Store::tls(Identity::issued(HOST)).await;
    refused(ask(&rules, &store).await, "UnknownIssuer");
}

#[tokio::test]
async fn without_verification_anybody_is_believed() {
    for identity in [
        Identity::issued("other.store.invalid"),
        Identity::self_signed("other.store.invalid"),
    ] {
        ask(&rules(), &Store::tls(identity).await).await.unwrap();
    }
}

#[test]
fn authorities_that_are_none_are_refused_at_the_start() {
    let of = |pem: &str| Client::new(&trusting(pem)).unwrap_err();
    assert!(matches!(of(""), ClientError::NoAuthority));
    let cut = "-----BEGIN CERTIFICATE-----\nMIIB\n";
    assert!(matches!(of(cut), ClientError::Pem(_)));
    let garbage = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    assert!(matches!(of(garbage), ClientError::Tls(_)));
}
