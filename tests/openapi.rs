//! The document of the API tells what is really served, and to whom.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use std::collections::BTreeSet;

use house::{Answer, House, Request};
use serde_json::Value;

const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

/// An operation of the document.
struct Told {
    method: String,
    path: String,
    id: String,
    open: bool,
}

impl Told {
    fn ask(&self, house: &House, token: Option<&str>) -> Answer {
        let segments = self.path.split('/');
        let filled = segments.map(|segment| {
            if segment.starts_with('{') {
                "none"
            } else {
                segment
            }
        });
        let target = filled.collect::<Vec<_>>().join("/");
        let request = Request::new(&self.method, &target);
        house.rest(match token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        })
    }
}

fn document(house: &House) -> Value {
    let answer = house.rest(Request::new("GET", "/openapi.json"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn told(document: &Value) -> Vec<Told> {
    let mut told = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in METHODS
            .into_iter()
            .filter(|&method| item[method].is_object())
        {
            let operation = &item[method];
            let security = operation["security"].as_array().unwrap();
            told.push(Told {
                method: method.to_uppercase(),
                path: path.clone(),
                id: operation["operationId"].as_str().unwrap().to_owned(),
                open: security.is_empty(),
            });
        }
    }
    told
}

#[test]
fn every_operation_of_the_document_is_served() {
    let house = House::hcp();
    let token = house.login("research");
    let told = told(&document(&house));
    assert!(told.len() >= 7, "{}", told.len());
    for one in &told {
        let answer = one.ask(&house, Some(&token));
        let nobody = (404, "Not Found");
        let other_method = (405, "Method Not Allowed");
        let detail = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
        let said = (answer.status, detail["detail"].as_str().unwrap_or_default());
        assert!(
            said != nobody && said != other_method,
            "{} {}",
            one.method,
            one.path
        );
    }
}

#[test]
fn the_document_tells_what_wants_a_token() {
    let house = House::hcp();
    for one in told(&document(&house)) {
        let answer = one.ask(&house, None);
        assert_eq!(
            answer.status == 401,
            !one.open,
            "{} {}: {answer:?}",
            one.method,
            one.path
        );
    }
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let house = House::hcp();
    let told = told(&document(&house));
    let ids: BTreeSet<_> = told.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids.len(), told.len());
    let paths: BTreeSet<_> = told.iter().map(|one| one.path.as_str()).collect();
    for path in [
        "/api/v1/auth/token",
        "/api/v1/credentials",
        "/api/v1/presign",
        "/readiness",
    ] {
        assert!(paths.contains(path), "{path}");
    }
    assert!(!paths.contains("/metrics"));
}

#[test]
fn the_page_is_served_with_a_policy_and_not_on_the_admin_listener() {
    let house = House::hcp();
    let page = house.rest(Request::new("GET", "/docs"));
    assert_eq!(page.status, 200, "{page:?}");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert_eq!(house.admin(Request::new("GET", "/docs")).status, 404);
}
