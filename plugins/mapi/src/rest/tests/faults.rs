//! Every row of the table, before an HCP that refuses, breaks, is silent or away.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http::Response;
use portico_hcp::testkit::{Deed, Seen, Stub, nobody};
use serde_json::json;

use super::House;
use super::every::{concrete, document, query, simple};
use crate::rest::row::Row;

/// What HCP says, what the client is told, and how; `{}` stands for the row's label.
const TABLE: [(u16, u16, &str); 12] = [
    (302, 404, "{} not found or no permission"),
    (400, 400, "why"),
    (401, 401, "HCP authentication failed"),
    (403, 403, "why"),
    (404, 404, "{} not found"),
    (405, 405, "Method not allowed for this resource"),
    (409, 409, "{}: why"),
    (414, 414, "Request URI too large"),
    (415, 415, "Unsupported media type"),
    (500, 502, "HCP internal error: why"),
    (503, 503, "HCP unavailable: why"),
    (507, 502, "Unexpected HCP status 507: why"),
];

/// The label of a row, with the names of [`concrete`].
fn label(row: &Row) -> String {
    let label = row.label.replace("{tenant_name}", "t1");
    match label.split_once('{') {
        Some((before, rest)) => format!("{before}a b?{}", rest.split_once('}').unwrap().1),
        None => label,
    }
}

async fn check(house: &House, row: &Row, status: u16, words: &str) {
    let target = format!("{}?{}", concrete(row.path).0, query(row).0);
    let document = document(row.body);
    let got = house
        .ask(row.verb.method().as_str(), &target, document.as_ref())
        .await;
    assert_eq!(got.status, status, "{row:?}");
    let words = words.replace("{}", &label(row));
    assert_eq!(got.json(), json!({ "detail": words }), "{row:?}");
    assert!(!got.headers.contains_key("www-authenticate"), "{row:?}");
}

#[tokio::test]
async fn every_refusal_of_hcp_is_told_for_every_route() {
    for (status, told, words) in TABLE {
        // In the header, because an answer to HEAD has no body.
        let refusal = move |_: &Seen| {
            let response = Response::builder()
                .status(status)
                .header("X-HCP-ErrorMessage", "why");
            Deed::Answer(response.body(Bytes::new()).unwrap())
        };
        let house = House::before(refusal).await;
        for row in simple() {
            check(&house, row, told, words).await;
        }
    }
}

#[tokio::test]
async fn every_route_tells_that_hcp_is_away_or_hangs_up() {
    let away = House::at(nobody().await);
    let hanging = House::before(|_| Deed::Hangup).await;
    for row in simple() {
        check(&away, row, 502, "HCP unreachable").await;
        check(&hanging, row, 502, "HCP connection error").await;
    }
}

#[tokio::test]
async fn every_route_tells_that_hcp_is_silent() {
    let stub = Stub::start(|_| Deed::Silence).await;
    let mut upstreams = stub.upstreams();
    upstreams.timeouts.response = Duration::from_secs(2);
    let house = House::at(upstreams);
    // All at once: each waits its time.
    join_all(simple().map(|row| check(&house, row, 504, "HCP timed out"))).await;
}
