//! What is served and what the document tells are one.

use http::StatusCode;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::Required;
use utoipa::openapi::path::HttpMethod;

use super::{Description, Document, Routes, Shape};
use crate::body::empty;
use crate::pipeline::Verdict;
use crate::{Door, Registry, Services, clock, testkit};

#[derive(ToSchema)]
#[expect(dead_code, reason = "only its shape is wanted")]
struct Inner {
    /// How many.
    count: u64,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "only its shape is wanted")]
struct Outer {
    inner: Vec<Inner>,
}

fn routes() -> Routes {
    let read = Description::new("things", "readThing", "A thing")
        .query("verbose", Shape::text(), Required::False, "All of it?")
        .answer(200, "The thing.", Shape::of::<Outer>());
    let write = Description::new("things", "writeThing", "Keep a thing").answer_empty(204, "Kept.");
    Routes::new()
        .on(
            HttpMethod::Get,
            "/api/v1/things/{*key}",
            read,
            async || "read",
        )
        .on(
            HttpMethod::Put,
            "/api/v1/things/{*key}",
            write,
            async || "written",
        )
        .unlisted("/page", axum::routing::get(async || "page"))
}

fn registry() -> Registry {
    let mut registry = Registry::new(Services::new(clock::system(), testkit::upstreams()));
    registry.rest(routes());
    let open = Description::new("open", "isOpen", "Anybody?").answer_empty(200, "Yes.");
    registry.rest(Routes::new().on(HttpMethod::Get, "/open", open, async || "yes"));
    registry.public("/open");
    registry
}

fn told(document: &Document) -> Value {
    serde_json::to_value(document.get().unwrap()).unwrap()
}

#[test]
fn the_document_tells_what_is_served_and_to_whom() {
    let registry = registry();
    let document = registry.document();
    assert!(document.get().is_none());
    registry.build().unwrap();
    let told = told(&document);
    assert_eq!(told["openapi"], "3.1.0");
    let paths: Vec<_> = told["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/api/v1/things/{key}", "/open"]);
    let things = &told["paths"]["/api/v1/things/{key}"];
    assert_eq!(things["put"]["operationId"], "writeThing");
    assert_eq!(things["put"]["parameters"][0]["name"], "key");
    assert_eq!(things["get"]["security"], json!([{"token": []}]));
    assert!(things["get"]["responses"]["401"].is_object());
    let open = &told["paths"]["/open"]["get"];
    assert_eq!(open["security"], json!([]));
    assert!(open["responses"]["401"].is_null() && open["responses"]["422"].is_null());
}

/// Every `$ref` below a value.
fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let registry = registry();
    let document = registry.document();
    registry.build().unwrap();
    let told = told(&document);
    let mut found = Vec::new();
    references(&told, &mut found);
    assert!(found.contains(&"#/components/schemas/Inner"), "{found:?}");
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(told.pointer(pointer).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn described_and_unlisted_routes_are_served() {
    let pipeline = registry().build().unwrap().pipeline;
    for (method, path, status) in [
        ("GET", "/api/v1/things/a/b", StatusCode::OK),
        ("PUT", "/api/v1/things/a", StatusCode::OK),
        ("GET", "/page", StatusCode::OK),
        ("POST", "/page", StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let request = http::Request::builder().method(method).uri(path);
        let request = request.body(()).unwrap();
        let mut exchange = testkit::exchange(request, Door::Rest { public: true });
        let verdict = pipeline.run(&mut exchange, empty()).await;
        let Ok(Verdict::Reply(reply)) = verdict else {
            panic!("{verdict:?}");
        };
        assert_eq!(reply.status, status, "{method} {path}");
    }
}
