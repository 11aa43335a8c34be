//! `GET /api/v1/credentials`, and who may ask for them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use portico_auth::Settings;
use portico_sdk::credential::AccessKeys;
use portico_sdk::settings::Duration;
use portico_sdk::testkit;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use support::{NOW, build, claims, house, python, settings};

const PATH: &str = "/api/v1/credentials";

#[tokio::test]
async fn a_login_is_handed_its_keys_and_a_session_token() {
    let house = house();
    let token = house.token("username=t1/lgreen&password=p4ssw0rd").await;
    let answer = house.get(PATH, Some(&format!("Bearer {token}"))).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.headers["cache-control"], "no-store");
    let body = answer.json();
    assert_eq!(body["access_key_id"], "bGdyZWVu");
    assert_eq!(
        body["secret_access_key"],
        "2a9d119df47ff993b662a8ef36f9ea20"
    );
    assert_eq!(body["username"], "lgreen");
    assert_eq!(body["tenant"], "t1");
    assert_eq!(body["endpoint_url"], "https://t1.hcp.test");
    assert_eq!(body["expires_at"], "2027-01-15T09:00:00Z");
    let session = body["session_token"].as_str().unwrap();
    assert_eq!(claims(session)["exp"], NOW + 3600);
    let session = house.tokens.read_session(session).unwrap();
    let keys = AccessKeys::hcp("lgreen", &SecretString::from("p4ssw0rd"));
    assert_eq!(session.keys.access_key, keys.access_key);
    assert_eq!(
        session.keys.secret_key.expose_secret(),
        keys.secret_key.expose_secret()
    );
    assert_eq!(session.tenant.unwrap().as_str(), "t1");
}

#[tokio::test]
async fn a_session_does_not_outlive_its_login() {
    let house = house();
    let token = house.token("username=ann&password=x").await;
    house.clock.advance(8 * 3600 - 10);
    let body = house
        .get(PATH, Some(&format!("bearer {token}")))
        .await
        .json();
    let session = body["session_token"].as_str().unwrap();
    assert_eq!(claims(session)["exp"], NOW + 8 * 3600);
    assert_eq!(body["tenant"], Value::Null);
    assert_eq!(body["endpoint_url"], Value::Null);
}

#[tokio::test]
async fn the_public_address_is_what_the_settings_say() {
    for (url, tenant, expected) in [
        (
            "https://s3.example.com",
            "t1/",
            Some("https://s3.example.com"),
        ),
        ("https://s3.example.com", "", Some("https://s3.example.com")),
        (
            "https://{tenant}.s3.example.com:8443",
            "t1/",
            Some("https://t1.s3.example.com:8443"),
        ),
        ("https://{tenant}.s3.example.com", "", None),
    ] {
        let settings = Settings {
            public_s3_url: url.to_owned(),
            session_lifetime: Duration::from_secs(60),
            ..settings()
        };
        let house = build(settings, testkit::upstreams()).unwrap();
        let token = house
            .token(&format!("username={tenant}ann&password=x"))
            .await;
        let body = house
            .get(PATH, Some(&format!("Bearer {token}")))
            .await
            .json();
        assert_eq!(body["endpoint_url"].as_str(), expected, "{url} {tenant}");
    }
}

#[tokio::test]
async fn whoever_has_no_good_token_is_told_why_as_in_the_contract() {
    let house = house();
    let session = {
        let token = house.token("username=ann&password=x").await;
        let body = house
            .get(PATH, Some(&format!("Bearer {token}")))
            .await
            .json();
        body["session_token"].as_str().unwrap().to_owned()
    };
    let old = python(&serde_json::json!({"sub": "a", "pwd": "b", "exp": NOW}));
    let nobody = python(&serde_json::json!({"pwd": "b", "exp": NOW + 9}));
    for (header, words) in [
        (None, "Not authenticated"),
        (Some("Basic YTpi".to_owned()), "Not authenticated"),
        (Some("Bearerx".to_owned()), "Not authenticated"),
        (Some(String::new()), "Not authenticated"),
        (Some("Bearer".to_owned()), "Invalid token"),
        (Some("Bearer ".to_owned()), "Invalid token"),
        (Some("BEARER a.b.c".to_owned()), "Invalid token"),
        (Some(format!("Bearer {session}")), "Invalid token"),
        (Some(format!("Bearer {old}")), "Token has expired"),
        (
            Some(format!("Bearer {nobody}")),
            "Invalid token: no subject",
        ),
    ] {
        let answer = house.get(PATH, header.as_deref()).await;
        assert_eq!(answer.status, 401, "{header:?}");
        assert_eq!(
            answer.json(),
            serde_json::json!({"detail": words}),
            "{header:?}"
        );
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
}

#[tokio::test]
async fn a_wrong_method_is_405() {
    let house = house();
    let token = house.token("username=ann&password=x").await;
    let request = http::Request::put(PATH)
        .header("authorization", format!("Bearer {token}"))
        .body(String::new());
    let answer = house.ask(request.unwrap()).await;
    assert_eq!(answer.status, 405);
    assert_eq!(answer.text, r#"{"detail":"Method Not Allowed"}"#);
}
