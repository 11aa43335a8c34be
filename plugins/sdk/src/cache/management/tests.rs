//! The management services' tables of reads and writes.

use http::HeaderValue;

use super::*;
use crate::cache::tests::{somebody, topics};
use crate::testkit;

fn tenant(name: &str) -> Tenant {
    name.parse().unwrap()
}

fn ask(path: &str, query: Option<&str>) -> Option<Question> {
    let headers = HeaderMap::new();
    let host = tenant("research");
    let query = query.map(str::as_bytes);
    mapi_question(
        path.as_bytes(),
        query,
        &headers,
        "research.hcp:9090",
        Some(&host),
        somebody(1),
    )
}

#[test]
fn paths_decide_how_long_and_whether() {
    let of = |path: &str| ask(path, None).map(|question| question.lifetime);
    let t = "/mapi/tenants/research";
    for (path, expected) in [
        ("", Some(Lifetime::Management)),
        ("/namespaces", Some(Lifetime::Management)),
        (
            "/userAccounts/ada/dataAccessPermissions",
            Some(Lifetime::Management),
        ),
        ("/statistics", Some(Lifetime::Statistics)),
        ("/namespaces/n/chargebackReport", Some(Lifetime::Statistics)),
        ("/consoleSecurity", Some(Lifetime::Configuration)),
        (
            "/namespaces/n/protocols/http",
            Some(Lifetime::Configuration),
        ),
        ("/permissions", Some(Lifetime::Configuration)),
    ] {
        assert_eq!(of(&format!("{t}{path}")), expected, "{path}");
    }
    for never in [
        "/mapi/logs",
        "/mapi/logs/download",
        "/mapi/healthCheckReport/prepare",
        "/mapi/supportaccesscredentials",
    ] {
        assert_eq!(of(never), None, "{never}");
    }
    assert_eq!(ask(t, Some("password=x")), None);
    assert_eq!(ask(t, Some("x=1&p%61ssWord=x")), None);
}

#[test]
fn the_order_of_parameters_says_nothing() {
    let key = |query| ask("/mapi/tenants", Some(query)).unwrap().key;
    assert_eq!(key("verbose=true&count=2"), key("count=2&verbose=true"));
    assert_ne!(key("verbose=true"), key("verbose=false"));
    assert_ne!(key("count=1&count=2"), key("count=2&count=1"));
    assert_ne!(key("count=1&c%6Funt=2"), key("c%6Funt=2&count=1"));
    let mut json = HeaderMap::new();
    json.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let with = mapi_question(
        b"/mapi/tenants",
        None,
        &json,
        "research.hcp:9090",
        None,
        somebody(1),
    );
    assert_ne!(with.unwrap().key, ask("/mapi/tenants", None).unwrap().key);
}

#[test]
fn tags_come_from_the_path_and_not_from_the_host() {
    let changed = |method, path: &str, host: Option<&str>| {
        let host = host.map(tenant);
        let change = mapi_change(
            &testkit::upstreams(),
            &method,
            path.as_bytes(),
            host.as_ref(),
        );
        change.map(|change| topics(change.tags()))
    };
    let tag = |home: &str, kind: &str| (home.to_owned(), kind.to_owned(), Vec::new());
    let by_system = changed(Method::POST, "/mapi/tenants/Research/namespaces/n", None).unwrap();
    assert_eq!(
        by_system,
        [
            tag("research", "mapi"),
            tag("", "mapi"),
            tag("research", "s3")
        ]
    );
    let by_tenant = changed(
        Method::PUT,
        "/mapi/tenants/research/namespaces",
        Some("archive"),
    )
    .unwrap();
    assert_eq!(by_tenant, by_system);
    let security = changed(Method::POST, "/mapi/tenants/research/consoleSecurity", None).unwrap();
    assert_eq!(security, [tag("research", "mapi"), tag("", "mapi")]);
    let made = changed(Method::PUT, "/mapi/tenants", Some("archive")).unwrap();
    assert_eq!(made, [tag("", "mapi"), tag("", "mapi")]);
    assert_eq!(changed(Method::GET, "/mapi/tenants", None), None);
    assert_eq!(changed(Method::HEAD, "/mapi/tenants", None), None);
    let read = ask("/mapi/tenants/archive/statistics", None).unwrap();
    assert_eq!(topics(read.tags(false))[0], tag("archive", "mapi"));
}

#[test]
fn a_query_is_its_body_in_any_order() {
    let headers = HeaderMap::new();
    let ask =
        |body: &str| query_question(body.as_bytes(), &headers, "research.hcp", None, somebody(1));
    let one = ask(r#"{"object": {"query": "a:b", "count": 1}}"#);
    assert_eq!(one.key, ask(r#"{"object":{"count":1,"query":"a:b"}}"#).key);
    assert_ne!(one.key, ask(r#"{"object":{"count":2,"query":"a:b"}}"#).key);
    assert_eq!(one.lifetime, Lifetime::ObjectQuery);
    for (sent, other) in [
        // What HCP reads there, nobody can tell.
        (
            r#"{"object":{"count":2,"count":1,"query":"a:b"}}"#,
            r#"{"object":{"query":"a:b","count":1}}"#,
        ),
        (
            r#"{"object":{"count":12345678901234567890123}}"#,
            r#"{"object":{"count":12345678901234567890124}}"#,
        ),
        (r#"{"object":{"count":1.0}}"#, r#"{"object":{"count":1}}"#),
    ] {
        assert_ne!(ask(sent).key, ask(other).key, "{sent}");
    }
    let twice = ask(r#"{"operation": {}, "operation": {}}"#);
    assert_eq!(twice.lifetime, Lifetime::OperationQuery);
    assert_eq!(
        ask(r#"{"operation": {}}"#).lifetime,
        Lifetime::OperationQuery
    );
    let xml = ask("<queryRequest><operation></operation></queryRequest>");
    assert_eq!(xml.lifetime, Lifetime::OperationQuery);
}
