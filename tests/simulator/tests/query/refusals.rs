//! What the query API refuses, and how.

use http::Method;
use serde_json::{Value, json};

use crate::ask::{ask, bare, objects, start, token};
use crate::support::{Answer, Call, call};

fn without(mut call: Call, name: &str) -> Call {
    call.headers.retain(|(header, _)| *header != name);
    call
}

/// Refused with this status, and told why.
#[track_caller]
fn refused(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status);
    assert_ne!(answer.header("x-hcp-errormessage"), "");
    assert_eq!(answer.header("expires"), "");
}

#[tokio::test]
async fn accept_is_required_and_names_a_form() {
    let hcp = start().await;
    refused(&without(objects(&hcp, "*:*"), "accept").send().await, 406);
    let any = without(objects(&hcp, "*:*"), "accept").header("accept", "*/*");
    refused(&any.send().await, 406);
    let coding = objects(&hcp, "*:*").header("accept-encoding", "identity");
    refused(&coding.send().await, 406);
}

#[tokio::test]
async fn the_content_has_a_known_type_and_coding() {
    let hcp = start().await;
    let none = without(objects(&hcp, "*:*"), "content-type");
    refused(&none.send().await, 415);
    let form = without(objects(&hcp, "*:*"), "content-type");
    let form = form.header("content-type", "application/x-www-form-urlencoded");
    refused(&form.send().await, 415);
    let coding = objects(&hcp, "*:*").header("content-encoding", "deflate");
    refused(&coding.send().await, 415);
    let unzipped = objects(&hcp, "*:*").header("content-encoding", "gzip");
    refused(&unzipped.send().await, 400);
}

#[tokio::test]
async fn eight_kilobytes_are_enough() {
    let hcp = start().await;
    let query = |length: usize| {
        let empty = r#"{"object":{"query":""}}"#.len();
        objects(&hcp, &format!("*:*{}", " ".repeat(length - empty - 3)))
    };
    let fits = query(8192);
    assert_eq!(fits.body.len(), 8192);
    assert_eq!(fits.send().await.status, 200);
    refused(&query(8193).send().await, 413);
    refused(&query(300_000).send().await, 413);
}

#[tokio::test]
async fn what_is_no_query_is_a_bad_request() {
    let hcp = start().await;
    let send = |body: &str| {
        let call = bare(&hcp, body.to_owned());
        let call = call.header("content-type", "application/json");
        call.header("accept", "application/json").send()
    };
    for body in [
        "",
        "{",
        "[]",
        "<queryRequest/>",
        r#"{"objects":{}}"#,
        r#"{"object":{"query":"*:*","limit":1}}"#,
    ] {
        refused(&send(body).await, 400);
    }
    for query in ["size:[1 TO", "colour:red", "utf8Name:*x", "urlName:x", ""] {
        refused(&objects(&hcp, query).send().await, 400);
    }
    let mut parameter = objects(&hcp, "*:*");
    parameter.target = "/query?verbose=true".to_owned();
    refused(&parameter.send().await, 400);
}

#[tokio::test]
async fn limits_are_kept() {
    let hcp = start().await;
    let object = |name: &str, value: Value| {
        let mut query = json!({"object": {"query": "*:*"}});
        query["object"][name] = value;
        ask(&hcp, &query).send()
    };
    refused(&object("count", json!(10_001)).await, 400);
    refused(&object("offset", json!("100001")).await, 400);
    refused(&object("sort", json!("type")).await, 400);
    refused(&object("facets", json!(["hold"])).await, 400);
    refused(&object("facets", json!("size")).await, 400);
    assert_eq!(object("count", json!(10_000)).await.status, 200);
    assert_eq!(object("offset", json!(100_000)).await.status, 200);
}

#[tokio::test]
async fn namespaces_of_operation_queries_exist_and_are_open() {
    let hcp = start().await;
    hcp.create_bucket("europe", "bob", "private").unwrap();
    let named = |name: &str| {
        let namespaces = json!({"namespaces": {"namespace": [name]}});
        ask(&hcp, &json!({"operation": {"systemMetadata": namespaces}})).send()
    };
    assert_eq!(named("maps.europe").await.status, 200);
    refused(&named("nowhere.europe").await, 400);
    refused(&named("maps").await, 400);
    refused(&named("private.europe").await, 403);
}

#[tokio::test]
async fn strangers_are_forbidden() {
    let hcp = start().await;
    let with = |value: &str| {
        let call = without(objects(&hcp, "*:*"), "authorization");
        call.header("authorization", value).send()
    };
    let none = without(objects(&hcp, "*:*"), "authorization");
    refused(&none.send().await, 403);
    refused(&with(&token("ann", "wrong")).await, 403);
    refused(&with(&token("zoe", "secret")).await, 403);
    refused(&with("Bearer x").await, 403);
}

#[tokio::test]
async fn queries_are_posted() {
    let hcp = start().await;
    let mut get = call(&hcp, Method::GET, "/query");
    get.unsigned = true;
    let get = get.header("authorization", &token("ann", "secret"));
    refused(&get.send().await, 405);
}
