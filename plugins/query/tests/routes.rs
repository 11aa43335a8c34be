//! What HCP gets to see of a question, and what a caller gets to see of HCP's word.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

use http::Request;
use portico_hcp::testkit::{Deed, Stub, nobody};
use portico_query::{QueryPlugin, Settings};
use portico_sdk::credential::Credential;
use portico_sdk::pipeline::Verdict;
use portico_sdk::principal::Way;
use portico_sdk::upstream::Upstreams;
use portico_sdk::{Door, Pipeline, Plugin as _, Principal, Registry, Services, body, clock};
use portico_sdk::{dialect, testkit};
use secrecy::SecretString;
use serde_json::{Value, json};

const OBJECTS: &str = "/api/v1/query/tenants/research/objects";
const OPERATIONS: &str = "/api/v1/query/tenants/research/operations";

fn installed(upstreams: Upstreams, open: bool) -> Pipeline {
    let mut registry = Registry::new(Services::new(clock::system(), upstreams));
    if open {
        registry.services.management.open();
    }
    QueryPlugin::install(Settings::default(), &mut registry).unwrap();
    registry.build().unwrap().pipeline
}

/// Somebody of another tenant than the one that is asked about: HCP is to judge that.
fn caller() -> Principal {
    Principal {
        user: "adm".to_owned(),
        tenant: Some("archive".parse().unwrap()),
        way: Way::Bearer,
        credential: Credential::Password(SecretString::from("pw")),
        rights: None,
    }
}

async fn ask(pipeline: &Pipeline, path: &str, question: &str) -> (u16, Value) {
    let request = Request::post(path).header("content-type", "application/json");
    let mut exchange = testkit::exchange(request.body(()).unwrap(), Door::Rest { public: false });
    exchange.principal = Some(caller());
    let asked = body::full(question.to_owned());
    let reply = match pipeline.run(&mut exchange, asked).await {
        Ok(Verdict::Reply(reply)) => reply,
        Ok(Verdict::Forward(_)) => panic!("forwarded"),
        Err(error) => dialect::rest(&error, None),
    };
    let status = reply.status.as_u16();
    let whole = body::read_whole(reply.body, 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&whole).unwrap())
}

fn result() -> Deed {
    let result = json!({"queryResult": {
        "query": {"start": 0, "end": 5},
        "resultSet": [{"urlName": "u", "changeTimeMilliseconds": "5.00", "version": 1}],
        "status": {"code": "COMPLETE", "results": 1, "message": ""},
    }});
    Deed::json(200, result.to_string())
}

#[tokio::test]
async fn hcp_is_asked_at_the_tenants_own_host_in_its_own_form() {
    let stub = Stub::start(|_| result()).await;
    let pipeline = installed(stub.upstreams(), true);
    let question =
        r#"{"last_result": {"urlName": "u", "changeTimeMilliseconds": "5.00", "version": 1}}"#;
    let (status, answer) = ask(&pipeline, OPERATIONS, question).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["resultSet"][0]["operation"], "");
    assert_eq!(answer["status"]["totalResults"], 0);
    let seen = stub.take().remove(0);
    assert_eq!(
        (seen.method.as_str(), seen.target.as_str()),
        ("POST", "/query")
    );
    assert_eq!(seen.headers["host"], "research.hcp.test");
    assert_eq!(seen.headers["accept"], "application/json");
    assert_eq!(seen.headers["content-type"], "application/json");
    let proof = "HCP YWRt:8fe4c11451281c094a6578e6ddbf5eed";
    assert_eq!(seen.headers["authorization"], proof);
    let asked: Value = serde_json::from_slice(&seen.body).unwrap();
    assert_eq!(
        asked,
        json!({"operation": {
            "count": 100, "verbose": false,
            "lastResult": {"urlName": "u", "changeTimeMilliseconds": "5.00", "version": "1"},
        }})
    );
}

#[tokio::test]
async fn what_is_no_tenant_never_becomes_a_host() {
    let stub = Stub::start(|_| result()).await;
    let pipeline = installed(stub.upstreams(), true);
    for tenant in [
        "evil.example",
        "a%2Fb",
        "a%3Fb",
        "a%23b",
        "a%40b",
        "a%3A1",
        "-a",
        "a%0A",
        "%C3%A5",
        "..",
    ] {
        let path = format!("/api/v1/query/tenants/{tenant}/objects");
        let (status, answer) = ask(&pipeline, &path, r#"{"query": "*:*"}"#).await;
        assert_eq!(status, 422, "{tenant}: {answer}");
        assert_eq!(answer["detail"], "Invalid tenant name", "{tenant}");
    }
    assert!(stub.take().is_empty());
}

#[tokio::test]
async fn questions_that_hcp_would_not_read_stay_here() {
    let stub = Stub::start(|_| result()).await;
    let pipeline = installed(stub.upstreams(), true);
    let long = json!({"query": "x".repeat(8 * 1024)}).to_string();
    let endless = format!("{}{}", " ".repeat(1 << 20), "{}");
    for question in [long, endless] {
        let (status, answer) = ask(&pipeline, OBJECTS, &question).await;
        assert_eq!(status, 413, "{answer}");
        assert!(
            answer["detail"].as_str().unwrap().contains("8 KiB"),
            "{answer}"
        );
    }
    for question in ["", "{", "[]", "{}", r#"{"query": 1}"#] {
        let (status, answer) = ask(&pipeline, OBJECTS, question).await;
        assert_eq!(
            (status, answer["detail"].is_array()),
            (422, true),
            "{answer}"
        );
    }
    assert!(stub.take().is_empty());
}

#[tokio::test]
async fn refusals_are_worded_as_front_ends_know_them() {
    for (hcp, status, words) in [
        (302, 404, "query not found or no permission"),
        (400, 400, "why"),
        (401, 401, "HCP authentication failed"),
        (403, 403, "why"),
        (404, 404, "query not found"),
        (406, 502, "Unexpected HCP status 406: why"),
        (413, 502, "Unexpected HCP status 413: why"),
        (415, 415, "Unsupported media type"),
        (500, 502, "HCP internal error: why"),
        (503, 503, "HCP unavailable: why"),
    ] {
        let stub = Stub::start(move |_| Deed::json(hcp, "why")).await;
        let pipeline = installed(stub.upstreams(), true);
        let (told, answer) = ask(&pipeline, OPERATIONS, "{}").await;
        assert_eq!(
            (told, answer["detail"].as_str().unwrap()),
            (status, words),
            "{hcp}"
        );
    }
}

#[tokio::test]
async fn where_nobody_answers_the_words_speak_of_the_query() {
    let pipeline = installed(nobody().await, true);
    let (status, answer) = ask(&pipeline, OPERATIONS, "{}").await;
    assert_eq!(
        (status, answer["detail"].as_str().unwrap()),
        (502, "HCP query unreachable")
    );
    let stub = Stub::start(|_| Deed::Hangup).await;
    let (status, answer) = ask(&installed(stub.upstreams(), true), OPERATIONS, "{}").await;
    let broken = "HCP query connection error";
    assert_eq!((status, answer["detail"].as_str().unwrap()), (502, broken));
    let stub = Stub::start(|_| Deed::json(200, "<html>")).await;
    let (status, _) = ask(&installed(stub.upstreams(), true), OPERATIONS, "{}").await;
    assert_eq!(status, 502);
    let mut upstreams = stub.upstreams();
    upstreams.domain = None;
    let (status, answer) = ask(&installed(upstreams, true), OPERATIONS, "{}").await;
    let nowhere = "HCP domain not configured — cannot build query URL";
    assert_eq!((status, answer["detail"].as_str().unwrap()), (400, nowhere));
}

#[tokio::test]
async fn without_management_there_is_no_query() {
    let stub = Stub::start(|_| result()).await;
    let (status, _) = ask(&installed(stub.upstreams(), false), OBJECTS, "{}").await;
    assert_eq!(status, 404);
}
