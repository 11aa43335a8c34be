//! The bearer token on the S3 door: the same proof, and refusals in that door's own dialect.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use http::Request;
use portico_sdk::body::read_whole;
use portico_sdk::credential::Credential;
use portico_sdk::principal::Way;
use portico_sdk::route::{S3Target, Style};
use portico_sdk::s3::Operation;
use portico_sdk::{Door, Reason, dialect};
use secrecy::ExposeSecret as _;
use support::house;

fn s3() -> Door {
    Door::S3(S3Target {
        operation: Operation::GetObject,
        bucket: Some("b".into()),
        upstream_path: "/b/k".to_owned(),
        style: Style::Path,
    })
}

fn request(authorization: &str) -> Request<()> {
    let request = Request::get("/b/k").header("authorization", authorization);
    request.body(()).unwrap()
}

#[tokio::test]
async fn a_login_token_proves_its_user() {
    let house = house();
    let token = house.token("username=research/ann&password=hush").await;
    let (exchange, _) = house.knock(request(&format!("bEARER {token}")), s3()).await;
    let principal = exchange.principal.unwrap();
    assert_eq!(
        (principal.user.as_str(), principal.way),
        ("ann", Way::Bearer)
    );
    assert_eq!(principal.tenant.unwrap().as_str(), "research");
    let Credential::Password(password) = principal.credential else {
        panic!("a login's credential is its password");
    };
    assert_eq!(password.expose_secret(), "hush");
}

#[tokio::test]
async fn other_schemes_are_left_to_others() {
    let (exchange, error) = house().knock(request("AWS4-HMAC-SHA256 x"), s3()).await;
    assert!(exchange.principal.is_none());
    assert_eq!(error.unwrap().reason(), Reason::NotAuthenticated);
}

#[tokio::test]
async fn a_bad_token_is_refused_in_xml() {
    let (exchange, error) = house().knock(request("Bearer a.b.c"), s3()).await;
    let reply = dialect::reply(&error.unwrap(), &exchange);
    assert_eq!(reply.status, 400);
    let text = read_whole(reply.body, 4096).await.unwrap();
    let text = std::str::from_utf8(&text).unwrap();
    assert!(text.contains("<Code>InvalidToken</Code>"), "{text}");
    assert!(!text.contains("a.b.c"), "{text}");
}
