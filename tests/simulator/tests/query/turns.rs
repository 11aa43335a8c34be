//! Knobs: how many queries at once, how long they wait, how far behind the present they look.

use std::time::Duration;

use hcp_simulator::Simulator;

use http::Method;
use serde_json::json;

use crate::ask::{ask, keys, objects, result, store};
use crate::support::{call, start_with};

#[tokio::test]
async fn who_waits_too_long_is_sent_away() {
    let hcp = start_with(Simulator::builder().query_patience(Duration::ZERO)).await;
    let running = hcp.occupy_queries(4);
    assert_eq!(objects(&hcp, "*:*").send().await.status, 200);
    let last = hcp.occupy_queries(1);
    let refused = objects(&hcp, "*:*").send().await;
    assert_eq!(refused.status, 503);
    assert_ne!(refused.header("x-hcp-errormessage"), "");
    drop(last);
    assert_eq!(objects(&hcp, "*:*").send().await.status, 200);
    drop(running);
}

#[tokio::test]
async fn who_waits_gets_a_turn() {
    let hcp = start_with(Simulator::builder()).await;
    let running = hcp.occupy_queries(9);
    let waiting = tokio::spawn(objects(&hcp, "*:*").send());
    // Refusals need no turn: this one overtakes the query that waits.
    let mut other = objects(&hcp, "*:*");
    other.target = "/query?x".to_owned();
    assert_eq!(other.send().await.status, 400);
    assert!(!waiting.is_finished());
    drop(running);
    assert_eq!(waiting.await.unwrap().status, 200);
}

#[tokio::test]
async fn the_horizon_is_moved_by_the_control_listener() {
    let any = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let hcp = start_with(Simulator::builder().control_address(any)).await;
    store(&hcp, "k", "x").await;
    let found = || async { keys(&result(&ask(&hcp, &json!({})).send().await)) };
    let control = |body: &'static str| {
        let mut call = call(&hcp, Method::PUT, "/query-horizon");
        call.address = hcp.control_address().unwrap();
        call.unsigned = true;
        call.body = body.into();
        call.send()
    };
    assert!(found().await.is_empty());
    assert_eq!(control("0").await.status, 204);
    assert_eq!(found().await, ["k"]);
    assert_eq!(control("soon").await.status, 400);
    assert_eq!(control("60000").await.status, 204);
    assert!(found().await.is_empty());
}
