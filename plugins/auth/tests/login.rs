//! `POST /api/v1/auth/token`, as front ends and SDKs send it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use portico_auth::Settings;
use portico_sdk::testkit;
use portico_sdk::upstream::Backend;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use support::{Answer, HASH, House, NOW, build, claims, house, settings, user};

fn issue(answer: &Answer) -> Value {
    assert_eq!(answer.status, 422, "{}", answer.text);
    answer.json()["detail"].clone()
}

fn missing(name: &str) -> Value {
    json!({"type": "missing", "loc": ["body", name], "msg": "Field required", "input": null})
}

#[tokio::test]
async fn a_form_gives_a_token() {
    let house = house();
    let answer = house
        .log_in("username=ann&password=p%40ss+w%C3%B6rd&tenant=Research&scope=&client_id=x")
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["cache-control"], "no-store");
    let body = answer.json();
    assert_eq!(body["token_type"], "bearer");
    assert_eq!(body.as_object().unwrap().len(), 2);
    let token = body["access_token"].as_str().unwrap();
    let claims = claims(token);
    assert_eq!(claims["sub"], "ann");
    assert_eq!(claims["tenant"], "research");
    assert_eq!(claims["exp"], NOW + 8 * 3600);
    let login = house.tokens.read_login(token).unwrap();
    assert_eq!(login.password.expose_secret(), "p@ss wörd");
}

#[tokio::test]
async fn the_tenant_may_stand_before_the_user() {
    let house = house();
    for (form, tenant, user) in [
        ("username=a/b/c", json!("a"), "b/c"),
        ("username=/b", Value::Null, "b"),
        ("username=a/b&tenant=+t+", json!("t"), "a/b"),
        ("username=a/b&tenant=++", json!("a"), "b"),
        ("username=b&tenant=", Value::Null, "b"),
    ] {
        let token = house.token(&format!("{form}&password=x")).await;
        let claims = claims(&token);
        assert_eq!(claims["sub"], user, "{form}");
        assert_eq!(claims["tenant"], tenant, "{form}");
    }
}

#[tokio::test]
async fn a_tenant_that_is_no_host_label_is_refused() {
    let house = house();
    for form in [
        "username=b&tenant=a.b",
        "username=b&tenant=-a",
        "username=a:1/b",
    ] {
        let answer = house.log_in(&format!("{form}&password=x")).await;
        assert_eq!(answer.status, 422);
        assert_eq!(answer.text, r#"{"detail":"Invalid tenant name"}"#);
    }
}

#[tokio::test]
async fn what_is_missing_is_listed_in_order() {
    let house = house();
    let both = json!([missing("username"), missing("password")]);
    assert_eq!(issue(&house.log_in("").await), both);
    assert_eq!(issue(&house.log_in("username=&password=").await), both);
    let json = house.post("application/json", r#"{"username":"a","password":"b"}"#);
    assert_eq!(issue(&json.await), both);
    let one = house.log_in("username=ann").await;
    assert_eq!(
        one.text,
        r#"{"detail":[{"type":"missing","loc":["body","password"],"msg":"Field required","input":null}]}"#
    );
}

#[tokio::test]
async fn only_the_password_grant_is_known() {
    let house = house();
    house
        .token("grant_type=password&username=a&password=b")
        .await;
    house.token("grant_type=&username=a&password=b").await;
    let answer = house.log_in("grant_type=refresh&password=b").await;
    let grant = json!({
        "type": "string_pattern_mismatch", "loc": ["body", "grant_type"],
        "msg": "String should match pattern '^password$'", "input": "refresh",
        "ctx": {"pattern": "^password$"},
    });
    assert_eq!(issue(&answer), json!([grant, missing("username")]));
}

#[tokio::test]
async fn long_fields_are_refused_without_repeating_them() {
    let settings = Settings {
        max_username_length: 3,
        max_password_length: 4,
        ..settings()
    };
    let house = build(settings, testkit::upstreams()).unwrap();
    house
        .token("username=%C3%A5%C3%A4%C3%B6&password=1234")
        .await;
    let answer = house.log_in("username=anna&password=hush5").await;
    let issues = issue(&answer);
    assert_eq!(issues[0]["type"], "string_too_long");
    assert_eq!(issues[1]["msg"], "String should have at most 4 characters");
    assert_eq!(issues[1]["ctx"], json!({"max_length": 4}));
    assert!(!answer.text.contains("hush5"));
}

#[tokio::test]
async fn a_tenant_without_a_user_is_nobody() {
    let answer = house().log_in("username=a/&password=x").await;
    assert_eq!(issue(&answer)[0]["type"], "string_too_short");
}

fn parts(fields: &[(&str, &str)]) -> String {
    let part = |(name, value): &(&str, &str)| {
        format!("--xx\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    fields.iter().map(part).collect::<String>() + "--xx--\r\n"
}

#[tokio::test]
async fn multipart_forms_are_read_too() {
    let house = house();
    let kind = "multipart/form-data; boundary=xx";
    let form = parts(&[("username", "t/ann"), ("password", "p"), ("other", "1")]);
    let answer = house.post(kind, &form).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(claims(&token)["tenant"], "t");
    let answer = house.post(kind, &parts(&[("username", "ann")])).await;
    assert_eq!(issue(&answer), json!([missing("password")]));
    let file = form.replace("name=\"password\"", "name=\"password\"; filename=\"f\"");
    assert_eq!(
        issue(&house.post(kind, &file).await),
        json!([missing("password")])
    );
    for (kind, form) in [
        ("multipart/form-data", &form),
        (kind, &form[..90].to_owned()),
    ] {
        let answer = house.post(kind, form).await;
        assert_eq!(answer.status, 400);
        assert_eq!(
            answer.text,
            r#"{"detail":"There was an error parsing the body"}"#
        );
    }
}

#[tokio::test]
async fn a_form_beyond_64_kib_is_not_read() {
    let house = house();
    let long = "x".repeat(64 * 1024);
    let url = house.log_in(&format!("username=a&password={long}")).await;
    let form = parts(&[("username", "a"), ("password", &long)]);
    let multi = house.post("multipart/form-data; boundary=xx", &form).await;
    assert_eq!((url.status.as_u16(), multi.status.as_u16()), (413, 413));
}

#[tokio::test]
async fn a_stale_token_does_not_stand_in_the_way_of_a_login() {
    let house = house();
    let request = http::Request::post("/api/v1/auth/token")
        .header("authorization", "Bearer stale")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("username=a&password=b".to_owned());
    assert_eq!(house.ask(request.unwrap()).await.status, 200);
}

fn other(backend: Backend) -> House {
    let mut upstreams = testkit::upstreams();
    upstreams.backend = backend;
    let settings = Settings {
        users: vec![user("ann", HASH, Vec::new())],
        ..settings()
    };
    build(settings, upstreams).unwrap()
}

#[tokio::test]
async fn capabilities_are_open_to_everyone() {
    let answer = house().get("/api/v1/capabilities", None).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.text,
        r#"{"mapi_enabled":false,"storage_backend":"hcp"}"#
    );
    let answer = other(Backend::Minio)
        .get("/api/v1/capabilities", Some("Bearer x"))
        .await;
    assert_eq!(answer.json()["storage_backend"], "minio");
}
