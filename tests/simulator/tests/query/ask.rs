//! Queries in the making, and what comes of them.

use std::time::Duration;

use hcp_simulator::{Simulator, access_key, secret_key};
use http::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Call, call, put, start_with};

/// The usual simulator, in which operations are found at once.
pub(crate) async fn start() -> Simulator {
    start_with(Simulator::builder().query_horizon(Duration::ZERO)).await
}

pub(crate) fn token(name: &str, password: &str) -> String {
    format!("HCP {}:{}", access_key(name), secret_key(password))
}

/// A query by ann, without headers about forms.
pub(crate) fn bare(hcp: &Simulator, body: impl Into<bytes::Bytes>) -> Call {
    let mut call = call(hcp, Method::POST, "/query");
    call.unsigned = true;
    call.body = body.into();
    call.header("authorization", &token("ann", "secret"))
}

/// A query by ann, JSON to JSON.
pub(crate) fn ask(hcp: &Simulator, query: &Value) -> Call {
    let call = bare(hcp, query.to_string());
    let call = call.header("content-type", "application/json");
    call.header("accept", "application/json")
}

pub(crate) fn objects(hcp: &Simulator, query: &str) -> Call {
    ask(hcp, &json!({ "object": { "query": query } }))
}

/// The inside of the envelope.
#[track_caller]
pub(crate) fn result(answer: &Answer) -> Value {
    let error = answer.header("x-hcp-errormessage");
    assert_eq!(answer.status, 200, "{error}");
    let mut value: Value = serde_json::from_slice(&answer.body).unwrap();
    value["queryResult"].take()
}

/// One value of every record.
pub(crate) fn each(result: &Value, name: &str) -> Vec<String> {
    let records = result["resultSet"].as_array().unwrap();
    let text = |record: &Value| match &record[name] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    records.iter().map(text).collect()
}

/// The keys of the records.
pub(crate) fn keys(result: &Value) -> Vec<String> {
    let urls = each(result, "urlName").into_iter();
    urls.map(|url| url.split_once("/rest/").unwrap().1.to_owned())
        .collect()
}

pub(crate) async fn store(hcp: &Simulator, key: &str, body: &'static str) {
    let stored = put(hcp, &format!("/maps/{key}"), body).send().await;
    assert_eq!(stored.status, 200, "{key}");
}

pub(crate) async fn delete(hcp: &Simulator, target: &str) {
    let deleted = call(hcp, Method::DELETE, &format!("/maps/{target}"));
    assert_eq!(deleted.send().await.status, 204, "{target}");
}
