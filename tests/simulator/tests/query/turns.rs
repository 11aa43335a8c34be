//! Five queries at once; the others wait.

use std::time::Duration;

use hcp_simulator::Simulator;

use crate::ask::objects;
use crate::support::start_with;

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
