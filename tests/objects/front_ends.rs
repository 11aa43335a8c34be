//! What browsers and front ends need besides: other origins, compression, names of requests.

use std::io::Read as _;

use crate::desk::{Desk, object};
use crate::house::{BUCKET, Plan, Request};

const PAGE: &str = "https://front.example";

fn preflight(desk: &Desk, path: &str, origin: &str) -> crate::house::Answer {
    let request = Request::new("OPTIONS", path)
        .header("origin", origin)
        .header("access-control-request-method", "DELETE")
        .header("access-control-request-headers", "authorization");
    desk.house.rest(request)
}

#[test]
fn pages_of_other_origins_may_ask() {
    let desk = Desk::hcp();
    desk.house.store().clear_requests();
    for path in [
        "/api/v1/buckets/data/objects/k",
        "/api/v1/auth/token",
        "/api/v1/nowhere",
    ] {
        let answer = preflight(&desk, path, PAGE);
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (200, "OK"),
            "{path}"
        );
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert_eq!(
            answer.header("access-control-allow-headers"),
            Some("authorization")
        );
    }
    assert!(desk.house.store().arrived().is_empty());
    let request = desk.request("GET", "").header("origin", PAGE);
    let answer = desk.house.rest(request);
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    let exposed = answer.header("access-control-expose-headers").unwrap();
    assert!(
        exposed.contains("X-Request-ID") && exposed.contains("ETag"),
        "{exposed}"
    );
    let refused = desk
        .house
        .rest(Request::new("GET", "/api/v1/buckets").header("origin", PAGE));
    assert_eq!(
        (
            refused.status,
            refused.header("access-control-allow-origin")
        ),
        (401, Some("*"))
    );
}

#[test]
fn only_named_origins_may_ask() {
    let plan = Plan::hcp().with("cors.origins", vec![PAGE]);
    let desk = Desk::of(plan.open());
    let path = "/api/v1/buckets";
    let good = preflight(&desk, path, PAGE);
    assert_eq!(
        (good.status, good.header("access-control-allow-origin")),
        (200, Some(PAGE))
    );
    assert_eq!(
        good.header("access-control-allow-credentials"),
        Some("true")
    );
    let bad = preflight(&desk, path, "https://evil.example");
    assert_eq!(
        (bad.status, bad.text().as_str()),
        (400, "Disallowed CORS origin")
    );
    let request = desk
        .request("GET", "")
        .header("origin", "https://evil.example");
    let answer = desk.house.rest(request);
    assert_eq!(
        (answer.status, answer.header("access-control-allow-origin")),
        (200, None)
    );
}

#[test]
fn a_question_before_a_request_opens_nothing_else() {
    let desk = Desk::hcp();
    let request = Request::new("OPTIONS", "/api/v1/buckets").header("origin", PAGE);
    assert_eq!(desk.house.rest(request).status, 401);
}

#[test]
fn documents_are_compressed_and_objects_are_not() {
    let desk = Desk::hcp();
    for number in 0..20 {
        desk.house.store().put(&format!("k{number}"), b"x");
    }
    let ask = |path: &str| {
        let request = desk
            .request("GET", path)
            .header("accept-encoding", "gzip, br");
        desk.house.rest(request)
    };
    let list = format!("/{BUCKET}/objects");
    let packed = ask(&list);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_eq!(packed.header("content-length"), None);
    let vary = packed.header("vary").unwrap().to_ascii_lowercase();
    assert_eq!(vary, "accept-encoding");
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&packed.body[..])
        .read_to_end(&mut plain)
        .unwrap();
    assert_eq!(plain, desk.ask("GET", &list).body);
    let short = ask(&format!("/{BUCKET}/versioning"));
    assert_eq!(
        short.header("content-encoding"),
        None,
        "shorter than 500 bytes"
    );
    let json = format!("[{}0]", "0,".repeat(1000));
    let request = desk
        .request("POST", &object("j"))
        .header("content-type", "application/json");
    assert_eq!(desk.house.rest(request.body(json.clone())).status, 201);
    let stored = ask(&object("j"));
    assert_eq!(
        (stored.header("content-encoding"), stored.text()),
        (None, json)
    );
    assert_eq!(stored.header("content-length"), Some("2003"));
}

#[test]
fn an_answer_names_its_request() {
    let desk = Desk::hcp();
    let request = desk
        .request("GET", "/nowhere/objects")
        .header("x-request-id", "mine-1");
    assert_eq!(
        desk.house.rest(request).header("x-request-id"),
        Some("mine-1")
    );
}
