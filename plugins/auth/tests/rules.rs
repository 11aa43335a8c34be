//! The authorize phase on a generic store: one user, one story of what the rules let through.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use http::Request;
use portico_sdk::route::{S3Target, Style};
use portico_sdk::s3::{Operation, Scope};
use portico_sdk::{Door, Reason};
use support::{HASH, House, generic, rule, user};

/// A house, and the token of a user who has the bucket `own`, may read `shared` and a folder in
/// `spaced`, and has a folder in `common`.
async fn ann() -> (House, String) {
    let rules = vec![
        rule(&["own"], &[], false),
        rule(&["shared"], &[], true),
        rule(&["common"], &["ann/"], false),
        rule(&["spaced"], &["a b/"], true),
    ];
    let house = generic(vec![
        user("ann", HASH, rules),
        user("all", HASH, vec![rule(&["*"], &[], false)]),
    ]);
    let token = house.token("username=ann&password=hush").await;
    (house, token)
}

struct Ask<'a> {
    method: &'a str,
    target: &'a str,
    copies: &'a str,
}

/// What the route phase makes of a request in path style.
fn door(ask: &Ask<'_>) -> Door {
    let (path, query) = ask.target.split_once('?').unwrap_or((ask.target, ""));
    let path = path.trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let scope = match (bucket, key) {
        ("", _) => Scope::Service,
        (_, "") => Scope::Bucket,
        _ => Scope::Object,
    };
    let method = ask.method.parse().unwrap();
    Door::S3(S3Target {
        operation: Operation::classify(scope, &method, query, !ask.copies.is_empty()),
        bucket: (!bucket.is_empty()).then(|| bucket.into()),
        upstream_path: format!("/{path}"),
        style: Style::Path,
    })
}

async fn passes(house: &House, token: &str, ask: Ask<'_>) -> bool {
    let request = Request::builder().method(ask.method).uri(ask.target);
    let mut request = request.header("authorization", format!("Bearer {token}"));
    if !ask.copies.is_empty() {
        request = request.header("x-amz-copy-source", ask.copies);
    }
    let (exchange, error) = house.knock(request.body(()).unwrap(), door(&ask)).await;
    assert!(exchange.principal.is_some());
    // Nobody here handles S3.
    match error.unwrap().reason() {
        Reason::NotFound => true,
        Reason::AccessDenied => false,
        other => panic!("{other:?}"),
    }
}

async fn check(cases: &[(&str, &str, &str, bool)]) {
    let (house, token) = ann().await;
    for &(method, target, copies, expected) in cases {
        let ask = Ask {
            method,
            target,
            copies,
        };
        let passed = passes(&house, &token, ask).await;
        assert_eq!(passed, expected, "{method} {target} from {copies:?}");
    }
}

#[tokio::test]
async fn objects() {
    check(&[
        ("GET", "/own/k", "", true),
        ("PUT", "/own/k", "", true),
        ("GET", "/shared/k", "", true),
        ("HEAD", "/shared/k?versionId=7", "", true),
        ("PUT", "/shared/k", "", false),
        ("DELETE", "/shared/k", "", false),
        ("POST", "/shared/k?uploads", "", false),
        ("GET", "/common/ann/k", "", true),
        ("PUT", "/common/ann/k?acl", "", true),
        ("PUT", "/common/%61nn%2Fk", "", true),
        ("GET", "/common/ben/k", "", false),
        ("GET", "/common/ann", "", false),
        ("GET", "/common/ann/../ben/k", "", false),
        ("GET", "/common/ann/%2e%2E/ben/k", "", false),
        ("GET", "/common/ann%5C..%5Cben", "", false),
        ("GET", "/elsewhere/k", "", false),
        ("POST", "/own/k?restore", "", false),
        ("PATCH", "/own/k", "", false),
    ])
    .await;
}

#[tokio::test]
async fn copies_need_both_ends() {
    check(&[
        ("PUT", "/own/k", "/own/other", true),
        ("PUT", "/own/k", "shared/k?versionId=7", true),
        (
            "PUT",
            "/own/k?partNumber=1&uploadId=u",
            "/common/ann%2Fk",
            true,
        ),
        ("PUT", "/own/k", "/common/ben/k", false),
        ("PUT", "/own/k", "/common/ann/../ben/k", false),
        ("PUT", "/own/k", "/spaced/a+b/k", true),
        ("PUT", "/own/k", "/spaced/a%2Bb/k", false),
        ("PUT", "/own/k", "/common/ann/%2E%2E/ben/k", false),
        ("PUT", "/own/k", "elsewhere/k", false),
        ("PUT", "/own/k", "own", false),
        ("PUT", "/own/k", "/own/", false),
        (
            "PUT",
            "/own/k",
            "arn:aws:s3:eu-north-1:1:accesspoint/p/object/k",
            false,
        ),
        ("PUT", "/shared/k", "/own/k", false),
    ])
    .await;
}

#[tokio::test]
async fn listings_stay_below_their_prefix() {
    check(&[
        ("GET", "/", "", true),
        ("GET", "/own?list-type=2", "", true),
        ("GET", "/shared?versions", "", true),
        ("GET", "/common?list-type=2&prefix=ann/", "", true),
        ("GET", "/common?prefix=%61nn%2Fx&delimiter=/", "", true),
        ("GET", "/common?%70refix=ann/", "", true),
        ("GET", "/common?uploads&prefix=ann/", "", true),
        ("GET", "/common?list-type=2", "", false),
        ("GET", "/common?prefix=", "", false),
        ("GET", "/common?prefix=ann", "", false),
        ("GET", "/common?prefix=ann/&prefix=ben/", "", false),
        ("GET", "/common?prefix=ann/&%70refix=ben/", "", false),
        ("GET", "/common?versions&prefix=ann/../", "", false),
        ("GET", "/elsewhere?prefix=ann/", "", false),
    ])
    .await;
}

#[tokio::test]
async fn buckets_and_their_settings() {
    check(&[
        ("HEAD", "/common", "", true),
        ("GET", "/common?location", "", true),
        ("GET", "/common?acl", "", false),
        ("PUT", "/common?versioning", "", false),
        ("PUT", "/common", "", false),
        ("GET", "/shared?policy", "", true),
        ("PUT", "/shared?policy", "", false),
        ("DELETE", "/shared", "", false),
        ("PUT", "/own", "", true),
        ("PUT", "/own?cors", "", true),
        ("DELETE", "/own", "", true),
        ("PUT", "/own?replication", "", false),
        ("PUT", "/own?logging", "", false),
        ("HEAD", "/elsewhere", "", false),
        ("PUT", "/elsewhere", "", false),
        ("POST", "/own", "", false),
        ("POST", "/own?delete", "", true),
        ("POST", "/common?delete", "", true),
        ("POST", "/shared?delete", "", false),
    ])
    .await;
}

#[tokio::test]
async fn whoever_may_everything_is_not_asked() {
    let (house, _) = ann().await;
    let token = house.token("username=all&password=hush").await;
    for (method, target) in [
        ("POST", "/own"),
        ("PUT", "/own?replication"),
        ("GET", "/b/a/../k"),
    ] {
        let ask = Ask {
            method,
            target,
            copies: "",
        };
        assert!(passes(&house, &token, ask).await, "{target}");
    }
}

#[tokio::test]
async fn another_protocol_is_not_for_those_whom_rules_hold() {
    let (house, token) = ann().await;
    let request = Request::get("/rest/k").header("authorization", format!("Bearer {token}"));
    let (_, error) = house.knock(request.body(()).unwrap(), Door::Native).await;
    assert_eq!(error.unwrap().reason(), Reason::AccessDenied);
}
