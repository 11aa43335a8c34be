//! What single routes have of their own.

use bytes::Bytes;
use http::Response;
use portico_hcp::testkit::Deed;
use portico_sdk::body;
use serde_json::{Value, json};

use super::House;

async fn target(method: &str, path: &str, document: Option<Value>) -> String {
    let house = House::answering("{}").await;
    let got = house.ask(method, path, document.as_ref()).await;
    assert!(got.status.is_success(), "{path} {}", got.text());
    house.only().target
}

#[tokio::test]
async fn what_narrows_an_answer_goes_on_as_each_route_has_it() {
    for (path, expected) in [
        ("/tenants", "/tenants?verbose=false"),
        (
            "/tenants?prettyprint=1&verbose=yes",
            "/tenants?verbose=true&prettyprint=True",
        ),
        (
            "/tenants/t1/namespaces?verbose=true&prettyprint=true&count=5",
            "/tenants/t1/namespaces?count=5",
        ),
        (
            "/tenants/t1/userAccounts?prettyprint=true&filterString=",
            "/tenants/t1/userAccounts?filterString=&verbose=false",
        ),
        (
            "/tenants/t1/userAccounts/u/dataAccessPermissions?verbose=true&offset=1",
            "/tenants/t1/userAccounts/u/dataAccessPermissions?offset=1",
        ),
        (
            "/tenants/t1/chargebackReport?start=2026-01-01T00:00:00%2B0100",
            "/tenants/t1/chargebackReport?start=2026-01-01T00%3A00%3A00%2B0100&granularity=total",
        ),
        (
            "/tenants/t1/namespaces/n/chargebackReport?granularity=hour",
            "/tenants/t1/namespaces/n/chargebackReport?granularity=hour",
        ),
        (
            "/tenants/t1/contactInfo?verbose=true",
            "/tenants/t1/contactInfo",
        ),
    ] {
        assert_eq!(target("GET", path, None).await, format!("/mapi{expected}"));
    }
}

#[tokio::test]
async fn what_orders_an_action_goes_on_as_each_route_has_it() {
    for (path, expected) in [
        ("/logs?mark=a%20b&cancel=false", "/logs?mark=a+b&cancel="),
        (
            "/services/replication/links/l?failOver=0",
            "/services/replication/links/l?failOver=",
        ),
        (
            "/services/replication?shutDownAllLinks=why",
            "/services/replication?shutDownAllLinks=why",
        ),
        ("/healthCheckReport/cancel", "/healthCheckReport?cancel="),
        (
            "/tenants/t1/userAccounts?resetPasswords=a,b",
            "/tenants/t1/userAccounts?resetPasswords=a%2Cb",
        ),
        ("/userAccounts/u?password=", "/userAccounts/u"),
    ] {
        assert_eq!(target("POST", path, None).await, format!("/mapi{expected}"));
    }
    let path = "/services/erasureCoding/ecTopologies/e?force=false";
    assert_eq!(
        target("DELETE", path, None).await,
        "/mapi/services/erasureCoding/ecTopologies/e"
    );
    let path = "/tenants?username=a&password=b%20c&initialSecurityGroup=g";
    let sent = target("PUT", path, Some(json!({"name": "n"}))).await;
    assert_eq!(
        sent,
        "/mapi/tenants?username=a&password=b+c&forcePasswordChange=false&initialSecurityGroup=g"
    );
}

#[tokio::test]
async fn bad_parameters_are_refused_before_hcp_is_asked() {
    let house = House::answering("{}").await;
    for (path, kind) in [
        ("/tenants/t1?verbose=perhaps", "bool_parsing"),
        ("/tenants/t1/namespaces?offset=1.5", "int_parsing"),
        ("/tenants/t1/chargebackReport?granularity=year", "enum"),
        ("/tenants/t1/namespaces/export", "missing"),
    ] {
        let got = house.get(path).await;
        assert_eq!(
            (got.status.as_u16(), &got.json()["detail"][0]["type"]),
            (422, &json!(kind))
        );
    }
    assert!(house.seen().is_empty());
}

#[tokio::test]
async fn the_release_of_hcp_stands_in_the_tenants_document() {
    let house = House::before(|_| {
        let response = Response::builder().header("X-HCP-SoftwareVersion", "9.7.0.1");
        Deed::Answer(
            response
                .body(Bytes::from_static(br#"{"name":"t1","x":1}"#))
                .unwrap(),
        )
    })
    .await;
    let tenant = house.get("/tenants/t1").await;
    assert!(
        tenant
            .text()
            .ends_with(r#""tags":null,"x":1,"softwareVersion":"9.7.0.1"}"#)
    );
    let other = house.get("/tenants/t1/contactInfo").await;
    assert!(other.json().get("softwareVersion").is_none());
}

#[tokio::test]
async fn heads_answer_nothing_and_some_with_hcps_own_status() {
    let house = House::before(|_| Deed::json(204, "")).await;
    assert_eq!(house.ask("HEAD", "/tenants/t1", None).await.status, 200);
    let link = house
        .ask("HEAD", "/services/replication/links/l", None)
        .await;
    assert_eq!((link.status.as_u16(), link.body.len()), (204, 0));
    let gone = House::before(|_| Deed::json(302, "")).await;
    assert_eq!(gone.ask("HEAD", "/tenants/t1", None).await.status, 404);
}

#[tokio::test]
async fn downloads_are_passed_on_byte_by_byte() {
    let bytes: Bytes = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
    let sent = bytes.clone();
    let house = House::before(move |_| Deed::Answer(Response::new(sent.clone()))).await;
    for (path, name) in [
        ("/logs/download", "hcp-logs.zip"),
        ("/healthCheckReport/download", "hcp-health-check.zip"),
    ] {
        let got = house.ask("POST", path, Some(&json!({"nodes": "1"}))).await;
        assert_eq!(got.headers["content-type"], "application/octet-stream");
        assert_eq!(
            got.headers["content-disposition"],
            format!("attachment; filename={name}")
        );
        assert_eq!(got.headers["content-length"], bytes.len().to_string());
        assert!(got.body == bytes);
    }
    let pem = House::answering("-----BEGIN CERTIFICATE-----").await;
    let got = pem.get("/services/replication/certificates/server").await;
    assert_eq!(got.headers["content-type"], "text/plain; charset=utf-8");
    assert_eq!(got.text(), "-----BEGIN CERTIFICATE-----");
}

const FORM: &str = "multipart/form-data; boundary=b";

fn form(name: &str, content: &str) -> String {
    format!(
        "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nx\r\n--b\r\n\
         Content-Disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n\r\n{content}\r\n--b--\r\n"
    )
}

#[tokio::test]
async fn files_of_forms_are_passed_on_as_bytes() {
    let house = House::answering("").await;
    // Larger than any limit that is meant for documents.
    let content = "licence ".repeat(1 << 20);
    for path in [
        "/storage/licenses",
        "/services/replication/certificates",
        "/supportaccesscredentials",
    ] {
        let body = body::full(form("file", &content));
        let got = house.send("PUT", path, FORM, body).await;
        assert_eq!(
            (got.status.as_u16(), got.text()),
            (201, r#"{"status":"created"}"#)
        );
        let seen = house.only();
        assert_eq!(seen.target, format!("/mapi{path}"));
        assert_eq!(seen.headers["content-type"], "application/octet-stream");
        assert!(seen.body == content);
    }
}

#[tokio::test]
async fn forms_without_a_file_or_without_an_end() {
    let house = House::answering("").await;
    let missing = json!({"detail": [{"type": "missing", "loc": ["body", "file"],
        "msg": "Field required", "input": null}]});
    for (kind, text) in [
        (FORM, form("other", "x")),
        ("application/json", "{}".to_owned()),
    ] {
        let got = house
            .send("PUT", "/storage/licenses", kind, body::full(text))
            .await;
        assert_eq!((got.status.as_u16(), got.json()), (422, missing.clone()));
    }
    assert!(house.seen().is_empty());
    let mut cut = form("file", "licence");
    cut.truncate(cut.len() - 8);
    let got = house
        .send("PUT", "/storage/licenses", FORM, body::full(cut))
        .await;
    assert_eq!(
        (got.status.as_u16(), got.json()),
        (
            400,
            json!({"detail": "There was an error parsing the body"})
        )
    );
    let refusing = House::before(|_| Deed::json(400, "no licence")).await;
    let body = body::full(form("file", "x"));
    let got = refusing.send("PUT", "/storage/licenses", FORM, body).await;
    assert_eq!(
        (got.status.as_u16(), got.json()),
        (400, json!({"detail": "no licence"}))
    );
}

#[tokio::test]
async fn methods_that_a_path_has_not() {
    let house = House::answering("{}").await;
    for (method, path, allow) in [
        ("DELETE", "/tenants/t1", "GET, HEAD, POST"),
        ("HEAD", "/tenants", "GET, PUT"),
        ("PATCH", "/system/tenants", "GET, PUT"),
        (
            "DELETE",
            "/tenants/t1/namespaces/n/protocols/http",
            "POST, GET",
        ),
        ("POST", "/tenants/t1/namespaces/n/protocols/ftp", "GET"),
    ] {
        let got = house.ask(method, path, None).await;
        assert_eq!(
            (got.status.as_u16(), &got.headers["allow"]),
            (405, &allow.parse().unwrap())
        );
        if method != "HEAD" {
            assert_eq!(got.json(), json!({"detail": "Method Not Allowed"}));
        }
    }
    let got = house.get("/tenants/t1/?verbose=1").await;
    let location = "http://localhost/api/v1/mapi/tenants/t1?verbose=1";
    assert_eq!(got.status, 307);
    assert_eq!(got.headers["location"], location);
    for path in [
        "",
        "/",
        "/nothing",
        "/tenants/t1/nothing",
        "/tenants/t1/namespaces/n/x/y",
    ] {
        let got = house.get(path).await;
        assert_eq!(
            (got.status.as_u16(), got.json()),
            (404, json!({"detail": "Not Found"})),
            "{path}"
        );
    }
    assert!(house.seen().is_empty());
}

/// A path of its own hides another route for its own method alone.
#[tokio::test]
async fn names_that_are_words_of_the_contract() {
    let update = Some(json!({}));
    for (method, path) in [
        ("POST", "/tenants/t1/namespaces/export"),
        ("DELETE", "/tenants/t1/namespaces/export"),
        ("HEAD", "/tenants/t1/namespaces/export"),
        ("DELETE", "/services/replication/certificates/server"),
    ] {
        assert_eq!(
            target(method, path, update.clone()).await,
            format!("/mapi{path}")
        );
    }
    for protocol in ["http", "cifs", "nfs", "smtp", "ftp"] {
        let path = format!("/tenants/t1/namespaces/n/protocols/{protocol}");
        assert_eq!(target("GET", &path, None).await, format!("/mapi{path}"));
    }
}
