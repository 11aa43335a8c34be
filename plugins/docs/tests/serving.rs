//! What the two routes answer, and to whom.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

use http::Request;
use http::header::CONTENT_SECURITY_POLICY;
use portico_docs::{Docs, Settings};
use portico_sdk::pipeline::Verdict;
use portico_sdk::rest::openapi::HttpMethod;
use portico_sdk::rest::{Description, Routes};
use portico_sdk::route::Listener;
use portico_sdk::{Door, Pipeline, Plugin as _, Registry, Reply, Services, body, clock, testkit};
use serde_json::Value;

fn installed(settings: Settings) -> Pipeline {
    let mut registry = Registry::new(Services::new(clock::system(), testkit::upstreams()));
    Docs::install(settings, &mut registry).unwrap();
    // Later than the page: order must not matter.
    let about = Description::new("things", "things", "Things").answer_empty(204, "None.");
    registry.rest(Routes::new().on(HttpMethod::Get, "/api/v1/things", about, async || ()));
    let built = registry.build().unwrap();
    assert!(built.public.contains("/docs") == built.public.contains("/openapi.json"));
    built.pipeline
}

async fn ask(pipeline: &Pipeline, path: &str, listener: Listener) -> Result<Reply, u16> {
    let request = Request::get(path).body(()).unwrap();
    let mut exchange = testkit::exchange(request, Door::Rest { public: true });
    exchange.arrival.listener = listener;
    match pipeline.run(&mut exchange, body::empty()).await {
        Ok(Verdict::Reply(reply)) => Ok(reply),
        Ok(Verdict::Forward(_)) => panic!("forwarded"),
        Err(error) => Err(error.reason().row().rest_status.as_u16()),
    }
}

async fn text(reply: Reply) -> String {
    let whole = body::read_whole(reply.body, 1 << 20).await.unwrap();
    String::from_utf8(whole.to_vec()).unwrap()
}

#[tokio::test]
async fn the_document_is_whole_whatever_the_order_of_plugins() {
    let settings = Settings {
        root_path: "/store".to_owned(),
        ..Settings::default()
    };
    let pipeline = installed(settings);
    for _ in 0..2 {
        let reply = ask(&pipeline, "/openapi.json", Listener::Api)
            .await
            .unwrap();
        assert_eq!(reply.headers["content-type"], "application/json");
        let document: Value = serde_json::from_str(&text(reply).await).unwrap();
        assert_eq!(document["servers"][0]["url"], "/store");
        let paths: Vec<_> = document["paths"].as_object().unwrap().keys().collect();
        assert_eq!(paths, ["/api/v1/things"]);
    }
}

#[tokio::test]
async fn the_page_comes_with_a_policy() {
    let pipeline = installed(Settings::default());
    let reply = ask(&pipeline, "/docs", Listener::Api).await.unwrap();
    let policy = reply.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'sha256-"),
        "{policy}"
    );
    assert!(text(reply).await.starts_with("<!doctype html>"));
}

#[tokio::test]
async fn neither_is_there_when_switched_off_or_on_the_admin_listener() {
    let pipeline = installed(Settings::default());
    let off = installed(Settings {
        enabled: false,
        ..Settings::default()
    });
    for path in ["/docs", "/openapi.json"] {
        assert_eq!(ask(&pipeline, path, Listener::Admin).await.err(), Some(404));
        assert_eq!(ask(&off, path, Listener::Api).await.err(), Some(404));
    }
}

#[test]
fn a_root_path_is_a_path() {
    for path in ["store", "//elsewhere", "https://store", "/a b", "/a?b"] {
        let mut registry = Registry::new(Services::new(clock::system(), testkit::upstreams()));
        let settings = Settings {
            root_path: path.to_owned(),
            ..Settings::default()
        };
        assert!(Docs::install(settings, &mut registry).is_err(), "{path}");
    }
}
