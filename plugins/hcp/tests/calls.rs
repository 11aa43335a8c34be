//! What HCP gets to see of a call, and what a caller gets to see of HCP's answer.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Response};
use portico_hcp::testkit::{Deed, Stub, nobody};
use portico_hcp::{Call, Failure, Hcp, Path, Query};
use portico_sdk::credential::Credential;
use portico_sdk::principal::Way;
use portico_sdk::settings::Size;
use portico_sdk::upstream::Upstreams;
use portico_sdk::{Error, Principal, Reason, body, dialect};
use secrecy::SecretString;
use serde_json::{Value, json};

fn caller(tenant: Option<&str>) -> Principal {
    Principal {
        user: "adm".to_owned(),
        tenant: tenant.map(|tenant| tenant.parse().unwrap()),
        way: Way::Bearer,
        credential: Credential::Password(SecretString::from("pw")),
        rights: None,
    }
}

fn hcp(upstreams: Upstreams) -> Hcp {
    Hcp::new(Arc::new(upstreams), Size(1024)).unwrap()
}

fn path(name: &str) -> Path {
    Path::default().fixed("/tenants").segment(name).unwrap()
}

/// A call of one tenant, answered by the deed.
async fn call(deed: impl Fn() -> Deed + Send + Sync + 'static) -> Result<Value, Failure> {
    let stub = Stub::start(move |_| deed()).await;
    let mut upstreams = stub.upstreams();
    upstreams.timeouts.response = Duration::from_millis(200);
    let caller = caller(None);
    let call = Call::management(&caller, Method::GET, path("t"));
    hcp(upstreams).json(call).await.map(|answer| answer.value)
}

async fn refused(deed: impl Fn() -> Deed + Send + Sync + 'static) -> (u16, String) {
    shown(&call(deed).await.unwrap_err().into_error("tenant 't'")).await
}

/// Status and detail that a REST caller reads.
async fn shown(error: &Error) -> (u16, String) {
    let reply = dialect::rest(error, None);
    assert!(!reply.headers.contains_key("www-authenticate"));
    let bytes = body::read_whole(reply.body, 1 << 20).await.unwrap();
    let value: Value = serde_json::from_slice(&bytes).unwrap();
    (
        reply.status.as_u16(),
        value["detail"].as_str().unwrap().to_owned(),
    )
}

#[tokio::test]
async fn hcp_sees_host_path_query_proof_and_body() {
    let stub = Stub::start(|_| Deed::json(200, r#"{"a":1}"#)).await;
    let hcp = hcp(stub.upstreams());
    let caller = caller(Some("research"));
    let call = Call::management(&caller, Method::POST, path("a b"))
        .with_query(Query::default().with("mark", "x y"))
        .with_json(json!({"k": "å"}));
    let answer = hcp.json(call).await.unwrap();
    assert_eq!(
        (answer.status.as_u16(), answer.value),
        (200, json!({"a": 1}))
    );
    let seen = stub.take().remove(0);
    assert_eq!(
        (seen.method, &*seen.target),
        (Method::POST, "/mapi/tenants/a%20b?mark=x+y")
    );
    assert_eq!(seen.body, r#"{"k":"å"}"#);
    let header = |name| seen.headers[name].to_str().unwrap();
    assert_eq!(header("host"), "research.hcp.test:9090");
    assert_eq!(
        header("authorization"),
        "HCP YWRt:8fe4c11451281c094a6578e6ddbf5eed"
    );
    assert_eq!(header("accept"), "application/json");
    assert_eq!(header("content-type"), "application/json");
}

#[tokio::test]
async fn without_a_body_there_is_no_type_and_without_a_tenant_the_system_is_asked() {
    let stub = Stub::start(|_| Deed::json(204, "")).await;
    let caller = caller(None);
    let call = Call::management(&caller, Method::DELETE, path("t"));
    let answer = hcp(stub.upstreams()).json(call).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.value), (204, json!({})));
    let seen = stub.take().remove(0);
    assert!(!seen.headers.contains_key("content-type"));
    assert_eq!(seen.headers["host"], "admin.hcp.test:9090");
}

#[tokio::test]
async fn a_query_goes_to_the_tenant_that_is_searched() {
    let stub = Stub::start(|_| Deed::json(200, r#"{"queryResult":{}}"#)).await;
    let (caller, other) = (caller(None), "finance".parse().unwrap());
    let call = Call::query(&caller, Some(&other), json!({"object": {}}));
    hcp(stub.upstreams()).json(call).await.unwrap();
    let seen = stub.take().remove(0);
    assert_eq!((seen.method, &*seen.target), (Method::POST, "/query"));
    assert_eq!(seen.headers["host"], "finance.hcp.test");
}

#[tokio::test]
async fn bytes_are_streamed_both_ways() {
    let stub = Stub::start(|seen| Deed::Answer(Response::new(seen.body.clone()))).await;
    let (writer, source) = body::channel();
    let caller = caller(None);
    let call = Call::management(&caller, Method::PUT, path("t")).with_bytes(source);
    let hcp = hcp(stub.upstreams());
    let (response, ()) = tokio::join!(hcp.send(call), async {
        writer.write(Bytes::from_static(b"ab")).await;
        writer.write(Bytes::from_static(b"cd")).await;
        drop(writer);
    });
    let whole = body::read_whole(response.unwrap().into_body(), 16).await;
    assert_eq!(whole.unwrap(), "abcd");
    let seen = stub.take().remove(0);
    assert_eq!(seen.headers["content-type"], "application/octet-stream");
}

#[tokio::test]
async fn what_is_no_json_is_an_empty_object() {
    for text in ["", "<html>", "{", "\u{0}"] {
        assert_eq!(
            call(move || Deed::json(200, text)).await.unwrap(),
            json!({})
        );
    }
}

#[tokio::test]
async fn every_refusal_has_its_words() {
    let table = [
        (302, 404, "tenant 't' not found or no permission"),
        (400, 400, "why"),
        (401, 401, "HCP authentication failed"),
        (403, 403, "why"),
        (404, 404, "tenant 't' not found"),
        (405, 405, "Method not allowed for this resource"),
        (409, 409, "tenant 't': why"),
        (414, 414, "Request URI too large"),
        (415, 415, "Unsupported media type"),
        (500, 502, "HCP internal error: why"),
        (503, 503, "HCP unavailable: why"),
        (418, 502, "Unexpected HCP status 418: why"),
        (502, 502, "Unexpected HCP status 502: why"),
    ];
    for (status, told, words) in table {
        let seen = refused(move || Deed::json(status, "why")).await;
        assert_eq!(seen, (told, words.to_owned()), "{status}");
    }
}

#[tokio::test]
async fn the_header_speaks_before_the_body() {
    let seen = refused(|| {
        let response = Response::builder().status(400);
        let response = response.header("X-HCP-ErrorMessage", "Invalid namespace name");
        Deed::Answer(response.body(Bytes::from_static(b"<html>")).unwrap())
    });
    assert_eq!(seen.await, (400, "Invalid namespace name".to_owned()));
}

#[tokio::test]
async fn transport_failures_are_told_apart() {
    let silence = refused(|| Deed::Silence).await;
    assert_eq!(silence, (504, "HCP timed out".to_owned()));
    let hangup = refused(|| Deed::Hangup).await;
    assert_eq!(hangup, (502, "HCP connection error".to_owned()));
    let large = refused(|| Deed::json(200, vec![b' '; 1025])).await;
    assert_eq!(large, (502, "HCP answered with too much".to_owned()));

    let caller = caller(None);
    let mut away = nobody().await;
    let call = Call::management(&caller, Method::GET, path("t"));
    let failure = hcp(away.clone()).json(call).await.unwrap_err();
    let unreachable = (502, "HCP unreachable".to_owned());
    assert_eq!(shown(&failure.into_error("x")).await, unreachable);

    let call = Call::query(&caller, None, json!({}));
    let failure = hcp(away.clone()).json(call).await.unwrap_err();
    let query = (502, "HCP query unreachable".to_owned());
    assert_eq!(shown(&failure.into_error("query")).await, query);

    // A name that leads nowhere.
    away.mapi_addresses = [].into();
    away.domain = Some("nowhere.invalid".to_owned());
    let call = Call::management(&caller, Method::GET, path("t"));
    let failure = hcp(away).json(call).await.unwrap_err();
    assert_eq!(shown(&failure.into_error("x")).await, unreachable);
}

#[tokio::test]
async fn the_account_of_the_house_is_shown_to_nobody() {
    let stub = Stub::start(|_| Deed::json(200, "{}")).await;
    let mut caller = caller(None);
    caller.credential = Credential::House(Arc::new(caller.s3_keys().into_owned()));
    let call = Call::management(&caller, Method::GET, path("t"));
    let failure = hcp(stub.upstreams()).json(call).await.unwrap_err();
    assert_eq!(failure.into_error("x").reason(), Reason::AccessDenied);
    assert!(stub.take().is_empty());
}
