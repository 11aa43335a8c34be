//! Kept connections and the breakers of their addresses.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::time::Duration;

use portico_clients::Client;
use portico_sdk::Reason;
use portico_sdk::upstream::{Breaker, Upstream, Upstreams};

use crate::store::{Store, fetch, get, rules, upstream};

const FAILURES: u32 = 2;

/// Breakers that open soon and stay open for the time of a test.
fn breaking() -> Upstreams {
    let rules = rules();
    rules.health.break_by(Some(Breaker {
        failures: FAILURES,
        faults_percent: 50,
        longest: Duration::from_hours(1),
    }));
    rules
}

/// An address that is found by its name.
fn named(address: SocketAddr) -> Upstream {
    Upstream::new("127.0.0.1", address.port(), false, [].into())
}

/// Others have asked it in vain, and the breaker opens.
fn fails_others(rules: &Upstreams, address: SocketAddr) {
    for _ in 0..FAILURES {
        rules.health.unheard(address);
    }
    assert!(rules.health.is_resting(address));
}

fn connections(store: &Store) -> usize {
    store.connections.load(Ordering::SeqCst)
}

/// On a machine that is slow enough the rest is over by then, and the request finds out.
#[tokio::test]
async fn a_kept_connection_to_an_address_that_rests_is_not_used() {
    let (rules, store) = (breaking(), Store::plain().await);
    let client = Client::new(&rules).unwrap();
    let place = named(store.address);
    fetch(&client, &place, get("/")).await.unwrap();
    fails_others(&rules, store.address);
    match fetch(&client, &place, get("/")).await {
        Err(refused) => assert_eq!(refused.reason(), Reason::StoreBusy),
        Ok(_) => assert_eq!(connections(&store), 2),
    }
    rules.health.break_by(None);
    for _ in 0..2 {
        fetch(&client, &place, get("/")).await.unwrap();
    }
    assert_eq!(connections(&store), 2);
}

#[tokio::test]
async fn another_address_is_asked_instead() {
    let rules = breaking();
    let (one, two) = (Store::plain().await, Store::plain().await);
    let client = Client::new(&rules).unwrap();
    let place = upstream(false, &[one.address, two.address]);
    let first = fetch(&client, &place, get("/")).await.unwrap();
    let is_one = first.ends_with(&one.address.to_string());
    fails_others(&rules, if is_one { one.address } else { two.address });
    fetch(&client, &place, get("/")).await.unwrap();
    assert_eq!(connections(&one) + connections(&two), 2);
}

#[tokio::test]
async fn a_breaker_elsewhere_costs_no_connection() {
    let rules = breaking();
    let (store, other) = (Store::plain().await, Store::plain().await);
    let client = Client::new(&rules).unwrap();
    let place = upstream(false, &[store.address]);
    fetch(&client, &place, get("/")).await.unwrap();
    fails_others(&rules, other.address);
    fetch(&client, &place, get("/")).await.unwrap();
    assert_eq!(connections(&store), 1);
}

#[tokio::test]
async fn answers_on_a_kept_connection_count_for_its_address() {
    let (rules, store) = (breaking(), Store::plain().await);
    let client = Client::new(&rules).unwrap();
    let place = named(store.address);
    for _ in 0..20 {
        assert!(!rules.health.is_resting(store.address));
        fetch(&client, &place, get("/broken")).await.unwrap();
    }
    assert!(rules.health.is_resting(store.address));
    assert_eq!(connections(&store), 1);
}
